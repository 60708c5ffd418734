/** Where in a chart something stands: CSS px from the canvas' left top. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly min: number;
  readonly max: number;
}

/** A span without data, and what is said of it. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly text: string;
}

/** Where a time stands from the left. */
export function placeOf(frame: Frame, timeMs: number): number {
  return frame.left + ((timeMs - frame.fromMs) / (frame.toMs - frame.fromMs)) * frame.width;
}

/** Which time stands there. */
export function timeAt(frame: Frame, x: number): number {
  return frame.fromMs + ((x - frame.left) / frame.width) * (frame.toMs - frame.fromMs);
}

/** How far down a value stands. */
export function levelOf(frame: Frame, value: number): number {
  return frame.top + (1 - (value - frame.min) / (frame.max - frame.min)) * frame.height;
}

/** Which value stands there. */
export function valueAt(frame: Frame, y: number): number {
  return frame.min + (1 - (y - frame.top) / frame.height) * (frame.max - frame.min);
}
