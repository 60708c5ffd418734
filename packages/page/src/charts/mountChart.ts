import { effect } from '@preact/signals';
import { dontDraw, paintSoon } from '../live/frames.ts';
import type { Live } from '../live/live.ts';
import type { Gap } from '../plot/frame.ts';
import { pointAt } from '../plot/lines.ts';
import { theme } from '../theme.ts';
import { cursorTime, hoursChoice, timeZone } from '../times.ts';
import { type ChartData, chartData, newestIndex } from './chartData.ts';
import { followChartKeys } from './chartKeys.ts';
import { gapsOf } from './gapText.ts';
import { ariaText, type LegendEntry, legendEntries, nearestText } from './legend.ts';
import { createPlot, type Plot } from './plot.ts';
import { type ChartSpec, crowded } from './specs.ts';
import { type ChartView, cursorMs, lengthMs, stretchAt } from './view.ts';

interface Mounted {
  readonly spec: ChartSpec;
  readonly view: ChartView;
  readonly live: Live;
}

/** What was drawn last, and is there to be read. */
interface Painted {
  readonly data: ChartData;
  readonly fromMs: number;
  readonly toMs: number;
  /** The newest time that the legend tells: of what is live any. */
  readonly newestMs: number;
  readonly gaps: readonly Gap[];
}

/**
 * Draws into the mounted panel whenever data, span, theme, the telling of times or the width change and it is in view,
 * and all the same before it is printed. Returns its end.
 */
export function mountChart(root: HTMLElement, { spec, view, live }: Mounted): () => void {
  const place = root.querySelector<HTMLElement>('.plot');
  if (!place) return () => {};
  const legend = legendOf(root, spec, view);
  const listener = {
    onCursor: (timeMs: number | null, level?: number): void => {
      legend.point(level);
      cursorMs.value = timeMs;
      if (painted) legend.paint(painted);
    },
    onZoom: (fromMs: number, toMs: number): void => view.zoom({ fromMs, toMs }),
  };
  let plot: Plot | undefined;
  let plotTheme = theme.peek();
  let painted: Painted | undefined;
  let inView = false;

  const paint = (): void => {
    painted = paintedOf(spec, view);
    if (plotTheme !== theme.peek()) {
      plot?.destroy();
      plot = undefined;
    }
    plotTheme = theme.peek();
    if (plot) plot.draw(painted);
    else plot = createPlot(place, spec, painted, listener);
    plot.showCursor(cursorMs.peek());
    legend.paint(painted);
    place.setAttribute('aria-label', ariaText(spec, painted.data, painted.newestMs));
  };
  const draw = (): void => {
    if (inView) paint();
  };
  const stops = [
    effect(() => {
      // Read so that the effect runs again when they change.
      void [view.shown.value.source.revision.value, theme.value, timeZone.value, hoursChoice.value];
      paintSoon(draw);
    }),
    effect(() => {
      const { value } = cursorMs;
      if (!inView || !painted) return;
      plot?.showCursor(value);
      legend.paint(painted);
    }),
    effect(() => {
      // Without new data the time axis of what is live still moves on, in steps that can be seen.
      const { span } = view.shown.value;
      if (!('newestMs' in span)) return;
      void live.serverMs.value;
      if (view.nowMs() - (painted?.toMs ?? 0) > span.newestMs / 60) paintSoon(draw);
    }),
    whenInView(root, (isNow) => {
      if (isNow && !inView) paintSoon(draw);
      inView = isNow;
    }),
    whenResized(place, (width) => plot?.resize(width)),
    listen(globalThis, 'beforeprint', paint),
    followChartKeys(root, place, {
      spec,
      view,
      painted: () => painted,
    }),
    listen(place, 'dblclick', () => view.back()),
  ];
  return () => {
    for (const stop of stops) stop();
    dontDraw(draw);
    plot?.destroy();
  };
}

function paintedOf(spec: ChartSpec, view: ChartView): Painted {
  const { source, span } = view.shown.peek();
  const stretch = stretchAt(span, view.nowMs());
  const isLive = 'newestMs' in span;
  const newestMs = isLive ? Number.POSITIVE_INFINITY : span.toMs;
  const { times, columns } = source.timeline;
  const data = chartData(spec, times, columns, { fromMs: stretch.fromMs, toMs: newestMs });
  const gaps = gapsOf(data, { ...stretch, times, columns, silence: isLive ? view.silence() : '' });
  return { ...stretch, data, newestMs, gaps };
}

/** The legend of a panel and the time in its head: of the point under the cursor, else of the newest. */
function legendOf(root: HTMLElement, spec: ChartSpec, view: ChartView) {
  const head = root.querySelector('.panel-time');
  const cells = [...root.querySelectorAll<HTMLElement>('.legend li')];
  const near = root.querySelector('.plot-near');
  const isCrowded = spec.series.length > crowded;
  let pointed: number | undefined;
  return {
    /** The level of the axis at which the pointer is, where it is over this chart. */
    point(level: number | undefined): void {
      pointed = level;
    },
    paint({ data, fromMs, toMs, newestMs, gaps }: Painted): void {
      const cursor = pointAt(data.times, cursorMs.peek(), { fromMs, toMs });
      const time = data.times[cursor];
      const shown = legendEntries(spec, data, time === undefined ? newestIndex(data, newestMs) : cursor);
      for (const [index, cell] of cells.entries()) paintEntry(cell, shown[index]);
      if (near) {
        const level = time === undefined ? undefined : pointed;
        const at = cursorMs.peek() ?? Number.NaN;
        const gap = gaps.find((each) => each.fromMs < at && at < each.toMs);
        near.textContent =
          gap?.text ??
          (level === undefined || !isCrowded ? '' : nearestText(spec, data, { index: cursor, level }));
      }
      if (head)
        head.textContent = time === undefined ? '' : cursorTime(time, lengthMs(view.shown.peek().span));
    },
  };
}

function paintEntry(cell: HTMLElement, entry: LegendEntry | undefined): void {
  const name = cell.querySelector('.legend-name');
  const value = cell.querySelector('.legend-value');
  if (name) name.textContent = entry?.name ?? '';
  if (value) value.textContent = entry?.value ?? '–';
  cell.title = entry?.title ?? '';
}

function whenInView(element: Element, tell: (isInView: boolean) => void): () => void {
  const views = new IntersectionObserver(([entry]) => tell(entry?.isIntersecting ?? false), {
    rootMargin: '100px',
  });
  views.observe(element);
  return () => views.disconnect();
}

function whenResized(element: Element, tell: (width: number) => void): () => void {
  const sizes = new ResizeObserver(([entry]) => tell(Math.floor(entry?.contentRect.width ?? 0)));
  sizes.observe(element);
  return () => sizes.disconnect();
}

function listen(target: EventTarget, type: string, run: () => void): () => void {
  target.addEventListener(type, run);
  return () => target.removeEventListener(type, run);
}
