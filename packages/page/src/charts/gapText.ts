import { ageText } from '../format.ts';
import type { Timeline } from '../live/timeline.ts';
import type { Gap } from '../plot/frame.ts';
import { firstFrom } from '../plot/lines.ts';
import { texts } from '../texts/texts.ts';
import { cursorTime } from '../times.ts';
import type { ChartData } from './chartData.ts';
import { gapSpans } from './gaps.ts';
import type { Stretch } from './view.ts';

/** The gaps of what a chart draws, with their words. */
export function gapsOf({ times, drawn }: ChartData, shown: GapPlace): Gap[] {
  return gapSpans(times, drawn, shown.toMs).map((gap) => ({
    fromMs: gap[0],
    toMs: gap[1],
    text: gapText(gap, shown),
  }));
}

/** Where a gap stands among what is shown. */
export interface GapPlace extends Stretch {
  readonly times: readonly number[];
  readonly columns: Timeline['columns'];
  /** Why nothing comes now, where that is known and it is now that is shown; else empty. */
  readonly silence: string;
}

/**
 * What a gap says, with its reason where that is known: `restarted · No data 09:30:00 – 09:32:00 (2 min).` The newest
 * one has no end yet.
 */
export function gapText([from, to]: readonly [number, number], shown: GapPlace): string {
  const at = (time: number): string => cursorTime(time, shown.toMs - shown.fromMs);
  const age = ageText(to - from);
  const isOpen = to === shown.toMs;
  const words = isOpen ? texts.noDataSince(at(from), age) : texts.noDataBetween(at(from), at(to), age);
  const reason = isOpen ? shown.silence : hasRestarted(from, to, shown) ? texts.restarted : '';
  return reason ? `${reason} · ${words}` : words;
}

/** Whether the host was up for less than the gap when it came back. */
function hasRestarted(from: number, to: number, { times, columns }: GapPlace): boolean {
  const uptime = columns.get('system')?.get('')?.get('uptime')?.[firstFrom(times, to)];
  return typeof uptime === 'number' && uptime * 1_000 < to - from;
}
