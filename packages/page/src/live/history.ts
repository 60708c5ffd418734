import type { HostHistory } from 'hostcast/snapshots';
import { refusalReason } from './refusal.ts';
import { isHostHistory } from './snapshots.ts';

const points = 300;

/** How the fetching of the past stands; `reason` is what the server said. */
export type HistoryState =
  | { readonly phase: 'loading' }
  | { readonly phase: 'loaded' }
  | { readonly phase: 'failed'; readonly reason: string };

/** The history, in words why there is none, or undefined where nobody waits for it any more. */
export async function fetchHistory(
  host: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  abort: AbortSignal,
): Promise<HostHistory | string | undefined> {
  const query = new URLSearchParams({
    from: String(Math.round(fromMs)),
    to: String(Math.round(toMs)),
    points: String(points),
  });
  try {
    const response = await fetch(`/api/hosts/${encodeURIComponent(host)}/history?${query}`, {
      signal: abort,
    });
    if (!response.ok) return await refusalReason(response);
    const body: unknown = await response.json();
    return isHostHistory(body) ? body : 'unreadable answer';
  } catch (error) {
    if (abort.aborted) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}
