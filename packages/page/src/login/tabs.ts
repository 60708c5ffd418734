/** What a tab tells the others of this browser, which share its login. */
export type TabNews =
  | { readonly type: 'in' }
  | { readonly type: 'out' }
  /** The login lasts longer, and is to be refreshed next at `refreshAtMs`, epoch ms of this machine. */
  | { readonly type: 'longer'; readonly refreshAtMs: number };

/** The other tabs of this browser. */
export interface Tabs {
  tell(news: TabNews): void;
  /** Runs `work`, unless another tab is at it. */
  alone(work: () => Promise<void>): Promise<void>;
}

const name = 'hostcast.login';

/** Speaks with the other tabs where the browser lets us; else each tab does everything itself. */
export function openTabs(onNews: (news: TabNews) => void): Tabs {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<TabNews>) => onNews(data);
  return {
    tell: (news) => channel.postMessage(news),
    async alone(work) {
      // Locks are for https and localhost only. Without them, tabs may do the same twice, which does no harm.
      if (!('locks' in navigator)) return work();
      await navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
    },
  };
}
