import { type ReadonlySignal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { reconnectDelayMs } from '../live/backoff.ts';
import { type Answer, askIn, askLonger, askOut, askWho, type User } from './requests.ts';
import { openTabs } from './tabs.ts';

/** Why there is a login form: a reason of the page's own, or the server's words. */
export type OutReason = 'signed-out' | 'expired' | { readonly words: string };

/** Whether we are in. */
export type Entry =
  /** Not known yet; `trouble` says why it takes so long. */
  | { readonly phase: 'asking'; readonly trouble: Answer | undefined }
  /** `name` is who was in before. */
  | { readonly phase: 'out'; readonly reason: OutReason | undefined; readonly name: string }
  /** `user` is undefined where nobody has to sign in. */
  | { readonly phase: 'in'; readonly user: User | undefined };

/** Of the time that a login has left, after how much it is refreshed. */
const refreshedAfter = 0.8;
const retryMs = 5_000;
/** What is known of a login for so short a time is news enough: a warning that it ends soon adds nothing. */
const newsMs = 30_000;
/** A login that the server refuses twice in so short a time is none, whatever else it says. */
const refusedAgainMs = 10_000;

/**
 * The login of this browser, as this tab sees it; kept alive for as long as the page is open. The token itself
 * is in a cookie that no script can read.
 */
export class Account {
  readonly #entry = signal<Entry>({ phase: 'asking', trouble: undefined });
  readonly #tabs = openTabs((news) => {
    if (news.type === 'out') this.#leave('signed-out');
    else if (news.type === 'in') void this.check();
    else if (this.#user) this.#keep(news.refreshAtMs);
  });
  #refreshAtMs = Number.POSITIVE_INFINITY;
  #timer = 0;
  #knownSinceMs = 0;
  #refusedAtMs = Number.NEGATIVE_INFINITY;
  #isSigningOut = false;

  constructor() {
    // Timers stand still while a machine sleeps.
    addEventListener('online', this.#wake);
    document.addEventListener('visibilitychange', this.#wake);
    void this.#askUntilKnown();
  }

  get entry(): ReadonlySignal<Entry> {
    return this.#entry;
  }

  async signIn(name: string, password: string): Promise<Answer> {
    const answer = await askIn(name, password);
    if (this.#isTaken(answer)) this.#tabs.tell({ type: 'in' });
    return answer;
  }

  /** Ends the login in every tab. Any answer but `out` says why that failed. */
  async signOut(): Promise<Answer> {
    this.#isSigningOut = true;
    const answer = await askOut();
    this.#isSigningOut = false;
    if (answer.kind === 'out') {
      this.#leave('signed-out');
      this.#tabs.tell({ type: 'out' });
    }
    return answer;
  }

  /** Asks who we are once more. */
  async check(): Promise<void> {
    const answer = await askWho();
    if (!this.#isTaken(answer) && answer.kind === 'out') this.#leave(undefined);
  }

  /** To be told when the server takes our login no longer, and in which words. True where we are in nevertheless. */
  async refused(isExpired: boolean, words: string): Promise<boolean> {
    if (this.#entry.peek().phase !== 'in' || this.#isSigningOut) return false;
    const isAgain = Date.now() - this.#refusedAtMs < refusedAgainMs;
    this.#refusedAtMs = Date.now();
    if (!isAgain && this.#isTaken(await askWho())) return true;
    if (this.#entry.peek().phase === 'in') this.#leave(isExpired ? 'expired' : { words });
    return false;
  }

  /** To be told that the server says that the login ends soon. */
  warned(): void {
    // The plan is good for that already; this is for where the plan was made by a wrong clock.
    if (Date.now() - this.#knownSinceMs > newsMs) void this.#extend();
  }

  /** Lets the login last longer. */
  async #extend(): Promise<void> {
    this.#refreshAt(Date.now() + retryMs); // where this fails, or another tab is at it and fails
    await this.#tabs.alone(async () => {
      const answer = await askLonger();
      if (!this.#isTaken(answer) && answer.kind === 'out') this.#leave('expired');
      if (answer.kind === 'in') this.#tabs.tell({ type: 'longer', refreshAtMs: this.#refreshAtMs });
    });
  }

  get #user(): User | undefined {
    const entry = this.#entry.peek();
    return entry.phase === 'in' ? entry.user : undefined;
  }

  /** Asks who we are until there is an answer. */
  async #askUntilKnown(): Promise<void> {
    for (let attempt = 1; this.#entry.peek().phase === 'asking'; attempt++) {
      const answer = await askWho();
      if (this.#entry.peek().phase !== 'asking' || this.#isTaken(answer)) return;
      if (answer.kind === 'out') return this.#leave(undefined);
      this.#entry.value = { phase: 'asking', trouble: answer };
      await new Promise((resolve) => setTimeout(resolve, reconnectDelayMs(attempt, Math.random())));
    }
  }

  /** Whether we are in by this answer. */
  #isTaken(answer: Answer): boolean {
    if (answer.kind !== 'in' && answer.kind !== 'open') return false;
    const [user, leftMs] = answer.kind === 'in' ? [answer.user, answer.leftMs] : [];
    this.#keep(leftMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + leftMs * refreshedAfter);
    const entry = this.#entry.peek();
    if (entry.phase !== 'in' || !isSame(entry.user, user)) this.#entry.value = { phase: 'in', user };
    return true;
  }

  #leave(reason: OutReason | undefined): void {
    this.#refreshAt(Number.POSITIVE_INFINITY);
    // Another tab's news of signing out may come after the server's.
    if (this.#entry.peek().phase === 'out' && reason !== 'signed-out') return;
    const name = reason === 'signed-out' ? '' : (this.#user?.name ?? '');
    this.#entry.value = { phase: 'out', reason, name };
  }

  /** The login is good, and to be refreshed then. */
  #keep(refreshAtMs: number): void {
    this.#knownSinceMs = Date.now();
    this.#refreshAt(refreshAtMs);
  }

  #refreshAt(atMs: number): void {
    clearTimeout(this.#timer);
    this.#refreshAtMs = atMs;
    if (atMs < Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => void this.#extend(), atMs - Date.now());
    }
  }

  readonly #wake = (): void => {
    if (Date.now() >= this.#refreshAtMs) void this.#extend();
  };
}

function isSame(a: User | undefined, b: User | undefined): boolean {
  return a?.name === b?.name && a?.role === b?.role && a?.isScoped === b?.isScoped;
}

export const AccountContext = createContext<Account | undefined>(undefined);

/** The login of this browser. @throws where no `AccountContext` stands above. */
export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (!account) throw new Error('AccountContext is missing');
  return account;
}

/** Who has signed in; undefined where nobody has to. */
export function useUser(): User | undefined {
  const entry = useAccount().entry.value;
  return entry.phase === 'in' ? entry.user : undefined;
}
