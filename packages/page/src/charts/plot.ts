import uPlot from 'uplot';
import { axisText } from '../format.ts';
import { currentPalette, type Palette } from '../theme.ts';
import { fittingTexts, timeAxisTexts } from '../times.ts';
import type { ChartData } from './chartData.ts';
import { type Drawn, gapSpans } from './gaps.ts';
import { type ChartSpec, crowded, type SeriesSpec } from './specs.ts';
import type { YAxis } from './yAxis.ts';

/** What of a chart's data is drawn, and until when. */
export interface Drawing {
  readonly data: ChartData;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The drawn part of a chart; colours are those of the moment it is made. */
export interface Plot {
  draw(drawing: Drawing): void;
  resize(width: number): void;
  destroy(): void;
}

const height = 180;
/** Every chart has the same gutter, so that all time axes line up. */
const gutter = 52;
/** Right of the drawing: half of `16:25`, so that the newest time stands in full. */
const rightMargin = 16;
const font = '11px system-ui, sans-serif';
const syncKey = 'hostcast';

/**
 * Makes a uPlot of a chart inside `parent`. `onCursor` is told the index under the cursor, of this chart or of
 * any other (they share one crosshair), and null where there is none.
 */
export function createPlot(
  parent: HTMLElement,
  spec: ChartSpec,
  first: Drawing,
  onCursor: (index: number | null) => void,
): Plot {
  const palette = currentPalette();
  let drawing = first;
  const options: uPlot.Options = {
    width: Math.max(parent.clientWidth, gutter * 2),
    height,
    ms: 1,
    padding: [8, rightMargin, 0, 0],
    legend: { show: false },
    cursor: cursorOptions(spec),
    scales: {
      x: { time: true, range: () => [drawing.fromMs, drawing.toMs] },
      y: { range: () => rangeOf(drawing.data.y) },
    },
    axes: [timeAxis(palette), valueAxis(palette, spec, () => drawing.data.y)],
    series: [{}, ...spec.series.toReversed().map((series) => seriesOptions(spec, series, palette))],
    bands: bands(spec),
    hooks: {
      drawClear: [(plot) => hatchGaps(plot, drawing, palette)],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
    },
  };
  const plot = new uPlot(options, aligned(first.data), parent);
  return {
    draw(next) {
      drawing = next;
      plot.setData(aligned(next.data));
    },
    resize(width) {
      if (width > 0 && width !== plot.width) plot.setSize({ width, height });
    },
    destroy: () => plot.destroy(),
  };
}

/**
 * What uPlot draws later lies on top, so the series go to it from the last to the first: the limit lines
 * first, and in a stack a series of nothing is covered by the line below it, which is where it stands.
 */
function aligned(data: ChartData): uPlot.AlignedData {
  const shrink = shrinkOf(data.y);
  const drawn =
    shrink === 1
      ? data.drawn
      : data.drawn.map((values) =>
          values.map((value) => (typeof value === 'number' ? value / shrink : value)),
        );
  return [[...data.times], ...drawn.toReversed()];
}

/** uPlot draws no axis for values of more than 17 digits: such are divided by this power of ten for it. */
function shrinkOf({ min, max }: YAxis): number {
  const size = Math.max(-min, max);
  return size < 1e12 ? 1 : 10 ** Math.floor(Math.log10(size));
}

function rangeOf(y: YAxis): [number, number] {
  return [y.min / shrinkOf(y), y.max / shrinkOf(y)];
}

function cursorOptions(spec: ChartSpec): uPlot.Cursor {
  return {
    y: false,
    drag: { x: false, y: false, setScale: false },
    points: spec.series.length > crowded ? { show: false } : { size: 6, width: 0 },
    sync: { key: syncKey, scales: ['x', null], setSeries: false },
  };
}

function timeAxis(palette: Palette): uPlot.Axis {
  return {
    stroke: palette.muted,
    font,
    size: 24,
    gap: 4,
    // A minute of five on a phone: there every minute still has its label.
    space: 56,
    grid: { show: false },
    ticks: { stroke: palette.rule, width: 1, size: 4 },
    values: (plot, splits, _axis, _space, stepMs) =>
      fittingTexts(timeAxisTexts(splits, stepMs), {
        placesPx: splits.map((time) => plot.valToPos(time, 'x')),
        endPx: plot.width - gutter,
        widthPx: (text) => textWidth(plot.ctx, text),
      }),
  };
}

function textWidth(ctx: CanvasRenderingContext2D, text: string): number {
  ctx.save();
  ctx.font = font;
  const { width } = ctx.measureText(text);
  ctx.restore();
  return width;
}

function valueAxis(palette: Palette, spec: ChartSpec, axis: () => YAxis): uPlot.Axis {
  const isMirrored = spec.series.some(({ below }) => below);
  return {
    stroke: palette.muted,
    font,
    size: gutter,
    gap: 6,
    splits: () => axis().splits.map((split) => split / shrinkOf(axis())),
    grid: { stroke: palette.rule, width: 1 },
    ticks: { show: false },
    values: (_plot, values) =>
      values.map((value) => axisText((isMirrored ? Math.abs(value) : value) * shrinkOf(axis()), spec.unit)),
  };
}

function seriesOptions(spec: ChartSpec, series: SeriesSpec, palette: Palette): uPlot.Series {
  const colour = palette.series(series.role);
  return {
    label: series.label,
    stroke: colour,
    width: spec.series.length > crowded ? 1 : 1.5,
    spanGaps: false,
    ...(!series.limit && hasArea(spec) ? { fill: `${colour}40` } : {}),
    ...(series.limit ? { dash: [4, 4], width: 1 } : {}),
    points: { show: false, filter: (plot, at) => lonely(plot.data[at]), size: 4, width: 0, fill: colour },
  };
}

function drawnSeries(spec: ChartSpec): number {
  return spec.series.filter(({ limit }) => !limit).length;
}

/** Areas where they don't cover one another: stacks, a single line, one line above zero and one below. */
function hasArea(spec: ChartSpec): boolean {
  if (spec.isStacked || drawnSeries(spec) === 1) return true;
  return drawnSeries(spec) === 2 && spec.series.some(({ below }) => below);
}

/** In a stack each area ends at the line below it, which uPlot, counting from 1, knows by the next number. */
function bands(spec: ChartSpec): uPlot.Band[] {
  if (!spec.isStacked) return [];
  const top = spec.series.length - drawnSeries(spec) + 1;
  return Array.from({ length: drawnSeries(spec) - 1 }, (_, index) => ({
    series: [top + index, top + index + 1],
  }));
}

/** Points that no line reaches, because there is nothing on either side. */
function lonely(values: ArrayLike<number | null | undefined> | undefined): number[] {
  const alone: number[] = [];
  if (!values) return alone;
  for (let index = 0; index < values.length; index++) {
    if (typeof values[index] !== 'number') continue;
    if (!hasNeighbour(values, index, -1) && !hasNeighbour(values, index, 1)) alone.push(index);
  }
  return alone;
}

function hasNeighbour(values: ArrayLike<number | null | undefined>, from: number, step: -1 | 1): boolean {
  let index = from + step;
  while (index >= 0 && index < values.length && values[index] === undefined) index += step;
  return typeof values[index] === 'number';
}

function hatchGaps(plot: uPlot, { data, toMs }: Drawing, palette: Palette): void {
  const drawn: readonly Drawn[] = data.drawn;
  const { ctx, bbox } = plot;
  for (const [from, to] of gapSpans(data.times, drawn, toMs)) {
    const left = Math.max(plot.valToPos(from, 'x', true), bbox.left);
    const right = Math.min(plot.valToPos(to, 'x', true), bbox.left + bbox.width);
    if (right - left < 2) continue;
    ctx.save();
    ctx.fillStyle = hatching(ctx, palette.rule) ?? palette.rule;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.restore();
  }
}

function hatching(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
  const size = Math.round(8 * devicePixelRatio);
  const tile = document.createElement('canvas');
  tile.width = size;
  tile.height = size;
  const draw = tile.getContext('2d');
  if (!draw) return null;
  draw.strokeStyle = colour;
  draw.lineWidth = devicePixelRatio;
  for (const shift of [-size, 0, size]) {
    draw.moveTo(shift, size);
    draw.lineTo(shift + size, 0);
  }
  draw.stroke();
  return ctx.createPattern(tile, 'repeat');
}
