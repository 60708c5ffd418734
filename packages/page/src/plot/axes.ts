import { type Frame, type Gap, levelOf, placeOf } from './frame.ts';

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

/** Hatches the spans in which there is nothing to draw, and says why in those that have room for it. */
export function drawGaps(
  ctx: CanvasRenderingContext2D,
  frame: Frame,
  gaps: readonly Gap[],
  { rule, muted }: { rule: string; muted: string },
): void {
  const hatched = gaps.length > 0 && hatching(ctx, rule);
  ctx.font = axisFont;
  ctx.textAlign = 'center';
  for (const { fromMs, toMs, text } of gaps) {
    const left = placeOf(frame, Math.max(fromMs, frame.fromMs));
    const width = placeOf(frame, Math.min(toMs, frame.toMs)) - left;
    ctx.fillStyle = hatched || rule;
    if (width >= 2) ctx.fillRect(left, frame.top, width, frame.height);
    const room = ctx.measureText(text).width + 12;
    if (room > width) continue;
    const middle = { x: left + width / 2, y: frame.top + frame.height / 2 };
    ctx.clearRect(middle.x - room / 2, middle.y - 10, room, 20);
    ctx.fillStyle = muted;
    ctx.fillText(text, middle.x, middle.y);
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
