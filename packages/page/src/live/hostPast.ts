import { type ReadonlySignal, signal } from '@preact/signals';
import { drawSoon } from './frames.ts';
import { fetchHistory, type HistoryState } from './history.ts';
import { Timeline } from './timeline.ts';

const retryMs = 5_000;

/** A stretch of a host's past, which stands still. */
export interface HostPast {
  readonly host: string;
  readonly timeline: Timeline;
  /** Changes whenever the timeline has. */
  readonly revision: ReadonlySignal<number>;
  readonly history: ReadonlySignal<HistoryState>;
  close(): void;
}

/** Fetches a stretch of a host's past, again every few seconds until that succeeds. */
export function openPast(host: string, stretch: { fromMs: number; toMs: number }): HostPast {
  const timeline = new Timeline();
  const revision = signal(0);
  const history = signal<HistoryState>({ phase: 'loading' });
  const abort = new AbortController();
  let retry = 0;

  const load = async (): Promise<void> => {
    const answer = await fetchHistory(host, stretch, abort.signal);
    if (answer === undefined) return;
    if ('phase' in answer) {
      history.value = answer;
      if (answer.phase === 'failed') retry = setTimeout(() => void load(), retryMs);
      return;
    }
    timeline.load(answer, [], { toMs: stretch.toMs, intervalMs: answer.bucketMs });
    drawSoon(() => {
      revision.value += 1;
    });
    history.value = { phase: 'loaded' };
  };
  // Errors end in the history's state, so there is nothing to catch.
  void load();
  return {
    host,
    timeline,
    revision,
    history,
    close() {
      abort.abort();
      clearTimeout(retry);
    },
  };
}
