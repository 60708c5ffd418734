import { type ReadonlySignal, signal } from '@preact/signals';
import type { Timeline } from '../live/timeline.ts';

/** From one time to another, epoch ms. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What charts show of time: the newest so many ms, which move on, or a stretch that stands still. */
export type Span = { readonly newestMs: number } | Stretch;

/** Where a chart's data comes from; `revision` changes whenever the timeline has. */
export interface ChartSource {
  readonly timeline: Timeline;
  readonly revision: ReadonlySignal<number>;
}

/** What all charts of a page share. */
export interface ChartView {
  readonly shown: ReadonlySignal<{ readonly source: ChartSource; readonly span: Span }>;
  /** Now on their time axis, epoch ms. */
  nowMs(): number;
  /** Why nothing comes now, where that is known: `gone`, `offline`. */
  silence(): string;
  /** Shows a stretch in all of them. */
  zoom(stretch: Stretch): void;
  /** Goes back to what is live. */
  back(): void;
}

/** Where the pointer is over any of the charts, epoch ms: all share one crosshair. */
export const cursorMs = signal<number | null>(null);

/** The stretch that a span is at a time. */
export function stretchAt(span: Span, nowMs: number): Stretch {
  return 'newestMs' in span ? { fromMs: nowMs - span.newestMs, toMs: nowMs } : span;
}

/** How long it is, ms. */
export function lengthMs(span: Span): number {
  return 'newestMs' in span ? span.newestMs : span.toMs - span.fromMs;
}
