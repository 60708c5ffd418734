import { type Frame, levelOf, placeOf } from './frame.ts';

export const axisFont = '11px system-ui, sans-serif';

interface Labels {
  /** Values on the y axis, or times on the x axis. */
  readonly at: readonly number[];
  readonly texts: readonly string[];
}

/** Grid lines, and the values' texts before them. */
export function drawValues(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  { at, texts }: Labels,
  { rule, muted }: { rule: string; muted: string },
): void {
  ctx.fillStyle = rule;
  for (const value of at) ctx.fillRect(frame.left, crisp(levelOf(frame, value)), frame.width, 1);
  ctx.font = axisFont;
  ctx.fillStyle = muted;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (const [index, value] of at.entries()) {
    ctx.fillText(texts[index] ?? '', frame.left - 6, levelOf(frame, value) + 0.5);
  }
}

/** Ticks below the drawing, and the times' texts under them. */
export function drawTimes(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  { at, texts }: Labels,
  { rule, muted }: { rule: string; muted: string },
): void {
  const bottom = frame.top + frame.height;
  ctx.fillStyle = rule;
  for (const time of at) ctx.fillRect(crisp(placeOf(frame, time)), bottom, 1, 4);
  ctx.font = axisFont;
  ctx.fillStyle = muted;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  for (const [index, time] of at.entries())
    ctx.fillText(texts[index] ?? '', placeOf(frame, time), bottom + 8);
}

/** Hatches the spans in which there is nothing to draw. */
export function drawGaps(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  spans: readonly (readonly [fromMs: number, toMs: number])[],
  colour: string,
): void {
  if (spans.length === 0) return;
  ctx.fillStyle = hatching(ctx, colour) ?? colour;
  for (const [fromMs, toMs] of spans) {
    const left = placeOf(frame, fromMs);
    const width = placeOf(frame, toMs) - left;
    if (width >= 2) ctx.fillRect(left, frame.top, width, frame.height);
  }
}

function hatching(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
  const size = 8;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size * devicePixelRatio;
  const draw = tile.getContext('2d');
  if (!draw) return null;
  draw.scale(devicePixelRatio, devicePixelRatio);
  draw.strokeStyle = colour;
  for (const shift of [-size, 0, size]) {
    draw.moveTo(shift, size);
    draw.lineTo(shift + size, 0);
  }
  draw.stroke();
  const pattern = ctx.createPattern(tile, 'repeat');
  pattern?.setTransform(new DOMMatrix().scale(1 / devicePixelRatio));
  return pattern;
}

/** The whole px at which a line of one px is sharp. */
function crisp(place: number): number {
  return Math.round(place - 0.5);
}
