import type { HostHistory } from 'hostcast/snapshots';
import { refusalReason } from './refusal.ts';
import { isHostHistory } from './snapshots.ts';

const points = 300;

/** Why there is no past; `reason` is what the server said. */
type NoHistory =
  | { readonly phase: 'failed'; readonly reason: string }
  /** The host may not be seen; it says nothing of whether there is one. */
  | { readonly phase: 'forbidden' };

/** How the fetching of the past stands. */
export type HistoryState = { readonly phase: 'loading' } | { readonly phase: 'loaded' } | NoHistory;

/** The history, why there is none, or undefined where nobody waits for it any more. */
export async function fetchHistory(
  host: string,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  abort: AbortSignal,
): Promise<HostHistory | NoHistory | undefined> {
  const query = new URLSearchParams({
    from: String(Math.round(fromMs)),
    to: String(Math.round(toMs)),
    points: String(points),
  });
  try {
    const response = await fetch(`/api/hosts/${encodeURIComponent(host)}/history?${query}`, {
      signal: abort,
    });
    if (response.status === 403 || response.status === 404) return { phase: 'forbidden' };
    if (!response.ok) return { phase: 'failed', reason: await refusalReason(response) };
    const body: unknown = await response.json();
    return isHostHistory(body) ? body : { phase: 'failed', reason: 'unreadable answer' };
  } catch (error) {
    if (abort.aborted) return undefined;
    return { phase: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}
