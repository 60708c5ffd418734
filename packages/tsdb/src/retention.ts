import { join } from 'node:path';
import { type DamagedPart, LivePart, type Part } from './parts.ts';
import type { Segment } from './segment/segment.ts';
import type { Steps, Workplace } from './tier/compact.ts';
import type { Spans } from './tier/spans.ts';
import { isDayFresh, isMinuteFresh } from './tier/timeline.ts';

/*
 * What is dropped, from the oldest on: samples by blocks, their cells of a minute by days, those of ten minutes
 * by days. Age is counted from the newest samples where the clock is ahead of them, so that a clock that is set
 * forward by mistake deletes nothing.
 */

/** What could not be rolled up is kept for this many retentions, or while there is room and for a span of its own. */
const patience = 2;

/** The next thing to drop, file by file; null where there is none. */
export function dropOldest(place: Workplace): Steps | null {
  const oldest = oldestOf(place);
  const newestMs = newestOf(place);
  const nowMs = Math.min(place.options.now(), newestMs);
  const isFull = bytesOf(place) > place.options.maxBytes;
  for (const level of oldest) {
    const ageMs = nowMs - level.endMs;
    const isExpired = ageMs >= level.retentionMs;
    const isForsaken = ageMs >= patience * level.retentionMs || (isFull && ageMs >= level.spanMs);
    const isInTheWay = isFull && level.endMs < newestMs && !level.isLast;
    if ((isExpired || isInTheWay) && (isForsaken || level.isKeptElsewhere())) return level.drop();
  }
  return null;
}

interface Level {
  readonly endMs: number;
  readonly spanMs: number;
  readonly retentionMs: number;
  /** There is nothing younger in its tier. */
  readonly isLast: boolean;
  isKeptElsewhere(): boolean;
  drop(): Steps;
}

function oldestOf(place: Workplace): Level[] {
  const { windows, tiers, options } = place;
  const { merged, minute, tenMinutes } = tiers;
  const levels: Level[] = [];
  const raw = Math.min(
    windows.starts[0] ?? Number.POSITIVE_INFINITY,
    merged.starts[0] ?? Number.POSITIVE_INFINITY,
  );
  if (Number.isFinite(raw)) {
    const startMs = merged.startOf(raw);
    const youngest = Math.max(windows.starts.at(-1) ?? 0, merged.starts.at(-1) ?? 0);
    levels.push({
      endMs: startMs + merged.spanMs,
      spanMs: merged.spanMs,
      retentionMs: options.retentionMs,
      isLast: merged.startOf(youngest) === startMs,
      isKeptElsewhere: () => isMinuteFresh(place, startMs),
      drop: () => dropRaw(place, startMs),
    });
  }
  if (minute.starts.length > 0) {
    const startMs = tenMinutes.startOf(minute.starts[0]!);
    levels.push({
      endMs: startMs + tenMinutes.spanMs,
      spanMs: tenMinutes.spanMs,
      retentionMs: options.minuteRetentionMs,
      isLast: tenMinutes.startOf(minute.starts.at(-1)!) === startMs,
      isKeptElsewhere: () => isDayFresh(place, startMs),
      drop: () =>
        dropSpans(
          place,
          minute,
          minute.starts.filter((block) => tenMinutes.startOf(block) === startMs),
        ),
    });
  }
  if (tenMinutes.starts.length > 0) {
    const startMs = tenMinutes.starts[0]!;
    levels.push({
      endMs: startMs + tenMinutes.spanMs,
      spanMs: tenMinutes.spanMs,
      retentionMs: options.tenMinuteRetentionMs,
      isLast: tenMinutes.starts.length === 1,
      isKeptElsewhere: () => true,
      drop: () => dropSpans(place, tenMinutes, [startMs]),
    });
  }
  return levels;
}

/** End of the youngest window or span. */
function newestOf({ windows, windowMs, tiers }: Workplace): number {
  const ends = tiers.list.map(({ starts, spanMs }) => (starts.at(-1) ?? Number.NEGATIVE_INFINITY) + spanMs);
  return Math.max((windows.starts.at(-1) ?? Number.NEGATIVE_INFINITY) + windowMs, ...ends);
}

function bytesOf({ windows, tiers }: Workplace): number {
  let bytes = 0;
  for (const { fileBytes } of windows.all()) bytes += fileBytes;
  for (const spans of tiers.list) for (const { fileBytes } of spans.all()) bytes += fileBytes;
  return bytes;
}

function* dropRaw(place: Workplace, startMs: number): Steps {
  const { windows, tiers } = place;
  const endMs = startMs + tiers.merged.spanMs;
  for (const window of windows.starts.filter((at) => at >= startMs && at < endMs)) {
    for (const part of windows.at(window)) {
      windows.remove(part);
      const kind = part instanceof LivePart ? 'wal' : 'seg';
      drop(place, part, join(place.options.folder, 'raw', `${part.startMs}-${part.number}.${kind}`));
      yield;
    }
  }
  return yield* dropSpans(place, tiers.merged, [startMs]);
}

function* dropSpans(place: Workplace, spans: Spans, starts: readonly number[]): Steps {
  // Out of sight at once, off the disk one by one.
  for (const file of starts.flatMap((startMs) => spans.remove(startMs))) {
    drop(place, file, join(place.options.folder, spans.name, `${file.startMs}-${file.number}.seg`));
    yield;
  }
  return [];
}

function drop({ options }: Workplace, part: Part | Segment | DamagedPart, file: string): void {
  try {
    part.close();
    options.disk.remove(file);
    options.onEvent({ type: 'expired', file });
  } catch (error) {
    // Found and dropped again after the next opening.
    const failure = error instanceof Error ? error : new Error(String(error));
    options.onEvent({ type: 'remove-failed', file, error: failure });
  }
}
