import { type Frame, levelOf, placeOf } from './frame.ts';

/** A series as it is drawn. */
export interface Line {
  /** `null` breaks the line, `undefined` is passed over. */
  readonly values: readonly (number | null | undefined)[];
  /** The value at which its area ends at a point; undefined where it has no area. */
  readonly base: ((index: number) => number) | undefined;
  readonly colour: string;
  /** CSS px. */
  readonly width: number;
  readonly isDashed: boolean;
}

/** Opacity of an area, 25 %, as hexadecimal digits behind a colour. */
const areaAlpha = '40';
const dotRadius = 2;

interface Paths {
  readonly stroke: Path2D;
  readonly area: Path2D;
  readonly dots: Path2D;
}

/** Draws a line of straight segments, the area below it, and a dot where a value stands alone. */
export function drawLine(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  times: readonly number[],
  line: Line,
): void {
  const paths: Paths = { stroke: new Path2D(), area: new Path2D(), dots: new Path2D() };
  const [from, to] = inView(times, frame);
  const run: number[] = [];
  for (let index = from; index < to; index++) {
    const value = line.values[index];
    if (typeof value === 'number') run.push(index);
    else if (value === null) addRun(paths, run, { frame, times, line });
  }
  addRun(paths, run, { frame, times, line });
  ctx.fillStyle = line.colour + areaAlpha;
  if (line.base) ctx.fill(paths.area);
  ctx.strokeStyle = line.colour;
  ctx.lineWidth = line.width;
  ctx.setLineDash(line.isDashed ? [4, 4] : []);
  ctx.stroke(paths.stroke);
  ctx.fillStyle = line.colour;
  ctx.fill(paths.dots);
}

/** Adds what stands between two breaks of a line, and empties it. */
function addRun(
  { stroke, area, dots }: Paths,
  run: number[],
  { frame, times, line }: { frame: Frame; times: readonly number[]; line: Line },
): void {
  const [first = 0] = run;
  const place = (index: number): number => placeOf(frame, times[index] ?? 0);
  const level = (index: number): number => levelOf(frame, line.values[index] ?? 0);
  if (run.length === 1) dots.arc(place(first), level(first), dotRadius, 0, 2 * Math.PI);
  if (run.length > 1) {
    stroke.moveTo(place(first), level(first));
    for (const index of run) stroke.lineTo(place(index), level(index));
    const { base } = line;
    if (base) {
      area.moveTo(place(first), levelOf(frame, base(first)));
      for (const index of run) area.lineTo(place(index), level(index));
      for (const index of run.reverse()) area.lineTo(place(index), levelOf(frame, base(index)));
    }
  }
  run.length = 0;
}

/** The indexes of the points in view and of those that lines lead to from there; the second one is not among them. */
export function inView(
  times: readonly number[],
  { fromMs, toMs }: Pick<Frame, 'fromMs' | 'toMs'>,
): [number, number] {
  return [Math.max(0, firstFrom(times, fromMs) - 1), Math.min(times.length, firstFrom(times, toMs) + 1)];
}

/** The index of the first of the ascending times that is not before one; their number where all are. */
export function firstFrom(times: readonly number[], timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The index of the point that a cursor at a time reads: the nearest of those that are shown; -1 where none is, or where
 * the cursor is further than 1 ms out of the picture, which a zoom to whole ms leaves it at.
 */
export function pointAt(
  times: readonly number[],
  timeMs: number | null,
  { fromMs, toMs }: Pick<Frame, 'fromMs' | 'toMs'>,
): number {
  if (timeMs === null || timeMs < fromMs - 1 || timeMs > toMs + 1) return -1;
  const nearest = nearestTo(times, timeMs);
  const time = times[nearest] ?? Number.NaN;
  // What lies beyond an edge is there so that lines lead to it.
  const index = time < fromMs ? nearest + 1 : time > toMs ? nearest - 1 : nearest;
  const shown = times[index];
  return shown !== undefined && shown >= fromMs && shown <= toMs ? index : -1;
}

/** The index of the time nearest to one; -1 where there are none. */
export function nearestTo(times: readonly number[], timeMs: number): number {
  const after = firstFrom(times, timeMs);
  const isAfter =
    (times[after] ?? Number.POSITIVE_INFINITY) - timeMs <
    timeMs - (times[after - 1] ?? Number.NEGATIVE_INFINITY);
  return isAfter ? after : after - 1;
}
