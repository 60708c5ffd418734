import { nearestTo } from '../plot/lines.ts';
import { cursorTime } from '../times.ts';
import type { ChartData } from './chartData.ts';
import { readingText } from './legend.ts';
import type { ChartSpec } from './specs.ts';
import { type ChartView, cursorMs, lengthMs, type Stretch } from './view.ts';

/** A chart that has the focus. */
export interface KeyedChart {
  readonly spec: ChartSpec;
  readonly view: ChartView;
  /** What is drawn; undefined where nothing is. */
  readonly painted: () => (Stretch & { readonly data: ChartData; readonly newestMs: number }) | undefined;
}

/** How many points each key leads further. */
const steps: ReadonlyMap<string, number> = new Map([
  ['ArrowLeft', -1],
  ['ArrowRight', 1],
  ['Home', Number.NEGATIVE_INFINITY],
  ['End', Number.POSITIVE_INFINITY],
]);
/** How many times as long the stretch becomes; `=` and `_` are where + and - are with or without shift. */
const scales: ReadonlyMap<string, number> = new Map([
  ['+', 0.5],
  ['=', 0.5],
  ['-', 2],
  ['_', 2],
]);
const longestMs = 365 * 24 * 3_600_000;

/** Where keys put the cursor of all charts last. */
let keyedMs: number | null = null;

/**
 * Follows the keys of a chart that has the focus: they move the cursor and zoom around it, and no other part of the page
 * gets those that are used. What the cursor reads is put into the panel's `aria-live` element. Returns its end.
 */
export function followChartKeys(root: HTMLElement, place: HTMLElement, chart: KeyedChart): () => void {
  const follow = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !use(root, chart, event)) return;
    event.preventDefault();
  };
  const leave = ({ relatedTarget }: FocusEvent): void => {
    const isOnCharts = relatedTarget instanceof Element && relatedTarget.closest('.panel') !== null;
    if (!isOnCharts) clear(root);
  };
  // A click is no wish to read it by the keyboard: the arrows still lead to the next host.
  const keepFocus = (event: Event): void => event.preventDefault();
  place.addEventListener('mousedown', keepFocus);
  place.addEventListener('keydown', follow);
  root.addEventListener('focusout', leave);
  return () => {
    place.removeEventListener('mousedown', keepFocus);
    place.removeEventListener('keydown', follow);
    root.removeEventListener('focusout', leave);
  };
}

/** Does what a key is for; says whether it was for anything. */
function use(root: HTMLElement, { spec, view, painted }: KeyedChart, press: KeyboardEvent): boolean {
  if (press.key === 'Escape') return clear(root);
  const drawn = painted();
  if (!drawn) return false;
  const scale = scales.get(press.key);
  if (scale !== undefined) {
    view.zoom(scaled(drawn, { aroundMs: cursorMs.peek(), scale, nowMs: view.nowMs() }));
    return true;
  }
  if (!steps.has(press.key)) return false;
  const { data, fromMs, toMs, newestMs } = drawn;
  const end = Math.min(toMs, newestMs);
  const times = data.times.filter(
    (time, index) =>
      time >= fromMs && time <= end && data.values.some((values) => (values[index] ?? null) !== null),
  );
  const moved = movedCursor(times, cursorMs.peek(), press);
  if (moved === undefined) return true;
  keyedMs = moved;
  cursorMs.value = moved;
  const words = readingText(spec, data, data.times.indexOf(moved));
  say(root, `${cursorTime(moved, lengthMs(view.shown.peek().span))}: ${words}`);
  return true;
}

/** Takes the cursor away if keys have put it there; a pointer's stays. */
function clear(root: HTMLElement): boolean {
  const isOurs = keyedMs !== null && cursorMs.peek() === keyedMs;
  keyedMs = null;
  if (isOurs) cursorMs.value = null;
  say(root, '');
  return isOurs;
}

function say(root: HTMLElement, words: string): void {
  const reading = root.querySelector('[aria-live]');
  if (reading) reading.textContent = words;
}

/**
 * Where a key moves the cursor among the points that can be read: by one, with shift by ten, or to an end; first of all
 * to the newest. Undefined where there is no point, or the key is for something else.
 */
export function movedCursor(
  times: readonly number[],
  atMs: number | null,
  { key, shiftKey }: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
): number | undefined {
  const step = steps.get(key);
  if (step === undefined) return undefined;
  const last = times.length - 1;
  if (atMs === null && Number.isFinite(step)) return times[last];
  const from = atMs === null ? 0 : nearestTo(times, atMs);
  return times[Math.min(Math.max(from + step * (shiftKey ? 10 : 1), 0), last)];
}

/** A stretch so many times as long, in which the time around which it was scaled stands where it stood, but not later than now. */
export function scaled(
  { fromMs, toMs }: Stretch,
  { aroundMs, scale, nowMs }: { aroundMs: number | null; scale: number; nowMs: number },
): Stretch {
  if ((toMs - fromMs) * scale > longestMs) return { fromMs, toMs };
  const middle = (fromMs + toMs) / 2;
  const around = aroundMs !== null && aroundMs >= fromMs && aroundMs <= toMs ? aroundMs : middle;
  const late = Math.max(0, around + (toMs - around) * scale - Math.max(nowMs, toMs));
  return {
    fromMs: around - (around - fromMs) * scale - late,
    toMs: around + (toMs - around) * scale - late,
  };
}
