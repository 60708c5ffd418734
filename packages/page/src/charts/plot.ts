import { axisText } from '../format.ts';
import type { Gap } from '../plot/frame.ts';
import { type Plot as Canvas, createPlot as createCanvas, type Picture } from '../plot/plot.ts';
import type { PointerListener } from '../plot/pointer.ts';
import { timeTicks } from '../plot/timeTicks.ts';
import { currentPalette, type Palette } from '../theme.ts';
import { timeAxisTexts, wallOffsetMs } from '../times.ts';
import type { ChartData } from './chartData.ts';
import { type ChartSpec, crowded } from './specs.ts';

/** What of a chart's data is drawn, and until when. */
export interface Drawing {
  readonly data: ChartData;
  readonly fromMs: number;
  readonly toMs: number;
  readonly gaps: readonly Gap[];
}

/** The drawn part of a chart; colours are those of the moment it is made. */
export interface Plot extends Omit<Canvas, 'draw'> {
  draw(drawing: Drawing): void;
}

/** Draws a chart inside `parent`. */
export function createPlot(
  parent: HTMLElement,
  spec: ChartSpec,
  first: Drawing,
  listener: PointerListener,
): Plot {
  const palette = currentPalette();
  const canvas = createCanvas(parent, listener, spec.of ? 120 : 180);
  canvas.draw(pictureOf(spec, first, palette));
  return { ...canvas, draw: (drawing) => canvas.draw(pictureOf(spec, drawing, palette)) };
}

function pictureOf(spec: ChartSpec, { data, fromMs, toMs, gaps }: Drawing, palette: Palette): Picture {
  const { min, max, splits } = data.y;
  const isMirrored = spec.series.some(({ below }) => below);
  const isCrowded = spec.series.length > crowded;
  const withArea = hasArea(spec);
  return {
    times: data.times,
    fromMs,
    toMs,
    min,
    max,
    gaps,
    lines: spec.series.map(({ role, limit }, at) => ({
      values: data.drawn[at] ?? [],
      base: withArea && !limit ? baseOf(spec, data, at) : undefined,
      colour: palette.series(role),
      width: isCrowded || limit ? 1 : 1.5,
      isDashed: limit,
    })),
    values: {
      at: splits,
      texts: splits.map((split) => axisText(isMirrored ? Math.abs(split) : split, spec.unit)),
    },
    ticks(most) {
      const { times, stepMs } = timeTicks({ fromMs, toMs }, most, wallOffsetMs);
      return { at: times, texts: timeAxisTexts(times, stepMs) };
    },
    colours: palette,
    hasDots: !isCrowded,
  };
}

/** Areas where they don't cover one another: stacks, a single line, one line above zero and one below. */
function hasArea({ isStacked, series }: ChartSpec): boolean {
  const drawn = series.filter(({ limit }) => !limit);
  return isStacked || drawn.length === 1 || (drawn.length === 2 && drawn.some(({ below }) => below));
}

/** In a stack an area ends where the one below it begins, elsewhere at zero. */
function baseOf({ isStacked }: ChartSpec, data: ChartData, at: number): (index: number) => number {
  if (!isStacked) return () => 0;
  const sums = data.drawn[at] ?? [];
  const own = data.values[at] ?? [];
  return (index) => (sums[index] ?? 0) - (own[index] ?? 0);
}
