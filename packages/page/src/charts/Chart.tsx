import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { dontDraw, drawSoon } from '../live/frames.ts';
import type { HostFeed } from '../live/hostFeed.ts';
import type { Live } from '../live/live.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { nearestTo } from '../plot/lines.ts';
import { texts, unitText } from '../texts/texts.ts';
import { roleVariable, theme } from '../theme.ts';
import { cursorTime } from '../times.ts';
import { type ChartData, chartData, newestIndex } from './chartData.ts';
import { ariaText, type LegendEntry, legendEntries } from './legend.ts';
import { createPlot, type Plot } from './plot.ts';
import { type ChartSpec, crowded } from './specs.ts';

/** Where the pointer is over any of the charts, epoch ms: all share one crosshair. */
const cursorMs = signal<number | null>(null);

interface ChartProps {
  readonly spec: ChartSpec;
  readonly feed: HostFeed;
  /** How far back from now it shows. */
  readonly spanMs: number;
  readonly live: Live;
}

/** A panel: title, legend with the values under the cursor (else the newest), and the drawing. */
export function Chart({ spec, feed, spanMs, live }: ChartProps) {
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    if (root.current) return mountChart(root.current, { spec, feed, spanMs, live });
    return undefined;
  }, [specKey(spec), feed, spanMs]);
  const isCrowded = spec.series.length > crowded;
  const entries = isCrowded
    ? [texts.highest, texts.mean, texts.lowest]
    : spec.series.map(({ label }) => label);
  return (
    <section class="panel card" id={spec.id} ref={root} aria-labelledby={`${spec.id}-title`}>
      <header class="panel-head">
        <h2 id={`${spec.id}-title`}>
          <Name text={spec.title} /> <Note spec={spec} />
        </h2>
        <time class="panel-time" />
      </header>
      <ul class={isCrowded ? 'legend legend-summary' : 'legend'}>
        {entries.map((label, index) => (
          <li
            key={label}
            class={spec.series[index]?.limit ? 'limit' : ''}
            style={
              isCrowded ? {} : { '--series': `var(${roleVariable(spec.series[index]?.role ?? 'other')})` }
            }
          >
            <span class="legend-label">
              <Name text={label} />
            </span>
            {isCrowded ? <b class="legend-name" /> : null}
            <b class="legend-value">–</b>
          </li>
        ))}
      </ul>
      <div class="plot" role="img" />
    </section>
  );
}

/** The unit, or what the catalogue doesn't say of the series; and how many of them are not drawn. */
function Note({ spec }: { spec: ChartSpec }) {
  const words = [unitText(spec.unit), visibleText(spec.subtitle)].filter(Boolean).join(' ');
  return (
    <>
      <span class="unit panel-note" title={words}>
        {words}
      </span>
      {spec.leftOut > 0 ? <span class="unit"> {texts.seriesLeftOut(spec.leftOut)}</span> : null}
    </>
  );
}

/** Changes when other series are to be drawn, and only then. */
export function specKey(spec: ChartSpec): string {
  return `${spec.id}\n${spec.series.map(({ group, field }) => `${group}\t${field}`).join('\n')}`;
}

function paintEntry(cell: HTMLElement, entry: LegendEntry | undefined): void {
  const name = cell.querySelector('.legend-name');
  const value = cell.querySelector('.legend-value');
  if (name) name.textContent = entry?.name ?? '';
  if (value) value.textContent = entry?.value ?? '–';
  cell.title = entry?.title ?? '';
}

function onCursor(timeMs: number | null): void {
  cursorMs.value = timeMs;
}

/** Draws into the mounted panel whenever data, theme or width change and it is in view. Returns its end. */
function mountChart(root: HTMLElement, { spec, feed, spanMs, live }: ChartProps): () => void {
  const place = root.querySelector<HTMLElement>('.plot');
  const head = root.querySelector<HTMLElement>('.panel-time');
  const cells = [...root.querySelectorAll<HTMLElement>('.legend li')];
  if (!place || !head) return () => {};

  let plot: Plot | undefined;
  let plotTheme = theme.peek();
  let data: ChartData | undefined;
  let inView = false;
  let drawnToMs = 0;

  const paintLegend = (): void => {
    if (!data) return;
    const at = cursorMs.peek();
    const cursor = at === null ? -1 : nearestTo(data.times, at);
    const time = data.times[cursor];
    const shown = legendEntries(spec, data, time === undefined ? newestIndex(data) : cursor);
    for (const [index, cell] of cells.entries()) paintEntry(cell, shown[index]);
    head.textContent = time === undefined ? '' : cursorTime(time, spanMs);
  };
  const draw = (): void => {
    if (!inView) return;
    drawnToMs = live.clock.serverMs(Date.now());
    data = chartData(spec, feed.timeline.times, feed.timeline.columns);
    const drawing = { data, fromMs: drawnToMs - spanMs, toMs: drawnToMs };
    if (plot && plotTheme !== theme.peek()) {
      plot.destroy();
      plot = undefined;
    }
    plotTheme = theme.peek();
    if (plot) plot.draw(drawing);
    else plot = createPlot(place, spec, drawing, { onCursor, onZoom() {} });
    paintLegend();
    place.setAttribute('aria-label', ariaText(spec, data));
  };

  const stop = effect(() => {
    // Read so that the effect runs again when they change.
    void feed.revision.value;
    void theme.value;
    drawSoon(draw);
  });
  const stopPointing = effect(() => {
    plot?.showCursor(cursorMs.value);
    paintLegend();
  });
  const stopDrifting = effect(() => {
    // Without new data the time axis still moves on, in steps that can be seen.
    if (live.serverMs.value - drawnToMs > spanMs / 60) drawSoon(draw);
  });
  const views = new IntersectionObserver(
    ([entry]) => {
      const isNow = entry?.isIntersecting ?? false;
      if (isNow && !inView) drawSoon(draw);
      inView = isNow;
    },
    { rootMargin: '100px' },
  );
  const sizes = new ResizeObserver(([entry]) => plot?.resize(Math.floor(entry?.contentRect.width ?? 0)));
  views.observe(root);
  sizes.observe(place);
  return () => {
    stop();
    stopPointing();
    stopDrifting();
    views.disconnect();
    sizes.disconnect();
    dontDraw(draw);
    plot?.destroy();
  };
}
