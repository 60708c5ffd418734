import { axisFont, drawGaps, drawTimes, drawValues } from './axes.ts';
import { type Frame, type Gap, levelOf, placeOf } from './frame.ts';
import { drawLine, type Line, pointAt } from './lines.ts';
import { followPointer, type PointerListener } from './pointer.ts';

/** All that a drawing shows. Times are epoch ms, ascending. */
export interface Picture {
  readonly times: readonly number[];
  /** The first lies on top. */
  readonly lines: readonly Line[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly min: number;
  readonly max: number;
  readonly gaps: readonly Gap[];
  /** Grid lines of the y axis, with their texts. */
  readonly values: { readonly at: readonly number[]; readonly texts: readonly string[] };
  /** Ticks of the x axis for so many labels at most, with their texts; those that don't fit are left out. */
  readonly ticks: (most: number) => { readonly at: readonly number[]; readonly texts: readonly string[] };
  readonly colours: { readonly rule: string; readonly muted: string };
  /** Whether a dot on each line says where the cursor reads it. */
  readonly hasDots: boolean;
}

/** A drawing in the page. */
export interface Plot {
  draw(picture: Picture): void;
  /** Shows the cursor at the point nearest to a time, or none. */
  showCursor(timeMs: number | null): void;
  /** The element has another width, CSS px. */
  resize(width: number): void;
  destroy(): void;
}

/** Every chart has the same gutter, so that all time axes line up. */
const gutter = 52;
const margin = { top: 8, right: 16, bottom: 24 };
/** The least distance of two time labels: on a phone every one of five minutes still has its own. */
const labelPx = 56;

/** CSS px. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A chart with a time axis on a canvas inside `parent`, so many px high, and above it a cursor that costs no drawing. It
 * draws when it is told to, at once; nothing of it runs between.
 */
export function createPlot(parent: HTMLElement, listener: PointerListener, height: number): Plot {
  const canvas = parent.appendChild(document.createElement('canvas'));
  const over = parent.appendChild(element('plot-over', false));
  const cursor = over.appendChild(element('plot-cursor', true));
  const selection = over.appendChild(element('plot-selection', true));
  const ctx = canvas.getContext('2d');
  let dots: HTMLElement[] = [];
  let width = Math.max(parent.clientWidth, gutter * 2);
  let picture: Picture | undefined;
  let frame = frameOf({ width, height }, { fromMs: 0, toMs: 1, min: 0, max: 1 });
  let cursorMs: number | null = null;

  const placeCursor = (): void => {
    const index = picture ? pointAt(picture.times, cursorMs, frame) : -1;
    const time = picture?.times[index];
    const isShown = time !== undefined;
    cursor.hidden = !isShown;
    if (isShown) move(cursor, placeOf(frame, time) - frame.left, 0);
    const lines = isShown && picture?.hasDots ? picture.lines : [];
    dots = placeDots(over, dots, { lines, index, frame, time: time ?? 0 });
  };
  const paint = (): void => {
    if (!picture || !ctx) return;
    fit(ctx, { width, height });
    const shownMs = frame.toMs - frame.fromMs;
    frame = frameOf({ width, height }, picture);
    paintPicture(ctx, frame, picture);
    placeCursor();
    if (Math.abs(frame.toMs - frame.fromMs - shownMs) > 1) following.retell(cursorMs);
  };
  const following = followPointer(
    over,
    () => frame,
    listener,
    (span) => {
      selection.hidden = span === undefined;
      if (!span) return;
      move(selection, span[0], 0);
      selection.style.width = `${span[1] - span[0]}px`;
    },
  );
  return {
    draw(next) {
      picture = next;
      paint();
    },
    showCursor(timeMs) {
      cursorMs = timeMs;
      placeCursor();
    },
    resize(next) {
      if (next <= 0 || next === width) return;
      width = Math.max(next, gutter * 2);
      paint();
    },
    destroy() {
      following.stop();
      canvas.remove();
      over.remove();
    },
  };
}

function element(name: string, hidden: boolean): HTMLElement {
  const made = document.createElement('div');
  made.className = name;
  made.hidden = hidden;
  return made;
}

function move({ style }: HTMLElement, x: number, y: number): void {
  style.transform = `translate(${x}px, ${y}px)`;
}

function frameOf(
  { width, height }: Size,
  { fromMs, toMs, min, max }: Pick<Picture, 'fromMs' | 'toMs' | 'min' | 'max'>,
): Frame {
  return {
    left: gutter,
    top: margin.top,
    width: width - gutter - margin.right,
    height: height - margin.top - margin.bottom,
    fromMs,
    toMs,
    min,
    max,
  };
}

/** Empties the canvas, and gives it the size and the sharpness that it has on the screen. */
function fit(ctx: CanvasRenderingContext2D, { width, height }: Size): void {
  const { canvas } = ctx;
  const ratio = devicePixelRatio;
  // A new size costs a new bitmap.
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
}

function paintPicture(ctx: CanvasRenderingContext2D, frame: Frame, picture: Picture): void {
  drawValues(ctx, frame, picture.values, picture.colours);
  ctx.save();
  ctx.beginPath();
  ctx.rect(frame.left, frame.top - 1, frame.width, frame.height + 2);
  ctx.clip();
  drawGaps(ctx, frame, picture.gaps, picture.colours);
  for (const line of picture.lines.toReversed()) drawLine(ctx, frame, picture.times, line);
  ctx.restore();
  ctx.font = axisFont;
  const ticks = picture.ticks(Math.floor(frame.width / labelPx));
  const end = frame.left + frame.width + margin.right;
  const texts = ticks.at.map((time, index) => {
    const text = ticks.texts[index] ?? '';
    return placeOf(frame, time) + ctx.measureText(text).width / 2 <= end ? text : '';
  });
  drawTimes(ctx, frame, { at: ticks.at, texts }, picture.colours);
}

/** Puts a dot on each line's point that the axis reaches, reusing those that are there; returns the dots that are there now. */
function placeDots(
  over: HTMLElement,
  dots: readonly HTMLElement[],
  { lines, index, frame, time }: { lines: readonly Line[]; index: number; frame: Frame; time: number },
): HTMLElement[] {
  const shown = lines.map((line, at) => {
    const dot = dots[at] ?? over.appendChild(element('plot-dot', true));
    const value = line.values[index];
    const isShown = typeof value === 'number' && value >= frame.min && value <= frame.max;
    dot.hidden = !isShown;
    dot.style.background = line.colour;
    if (isShown) move(dot, placeOf(frame, time) - frame.left, levelOf(frame, value) - frame.top);
    return dot;
  });
  for (const dot of dots.slice(shown.length)) dot.remove();
  return shown;
}
