import { type Frame, timeAt } from './frame.ts';

/** What the pointer does over a drawing; times are epoch ms. */
export interface PointerListener {
  /** Where it is; null where it has left. */
  readonly onCursor: (timeMs: number | null) => void;
  /** A span was drawn with the mouse. */
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

/** A shorter drag, CSS px, was meant as a click. */
const leastDrag = 8;

/** Follows the pointer over an element that covers the frame; `show` draws the span while it is being chosen. */
export function followPointer(
  over: HTMLElement,
  frame: () => Frame,
  listener: PointerListener,
  show: (span: readonly [fromX: number, toX: number] | undefined) => void,
): void {
  let startX: number | undefined;
  const placeIn = ({ clientX }: PointerEvent): number =>
    Math.min(Math.max(clientX - over.getBoundingClientRect().left, 0), frame().width);
  const timeOf = (x: number): number => timeAt(frame(), frame().left + x);
  const end = (): void => {
    startX = undefined;
    show(undefined);
  };
  over.addEventListener('pointerdown', (event) => {
    // With a finger one scrolls, and reads values.
    if (event.pointerType === 'touch' || event.button !== 0) return;
    startX = placeIn(event);
    over.setPointerCapture(event.pointerId);
  });
  over.addEventListener('pointermove', (event) => {
    const x = placeIn(event);
    listener.onCursor(timeOf(x));
    if (startX !== undefined) show([Math.min(startX, x), Math.max(startX, x)]);
  });
  over.addEventListener('pointerup', (event) => {
    const x = placeIn(event);
    const from = startX;
    end();
    if (from === undefined || Math.abs(x - from) < leastDrag) return;
    listener.onZoom(timeOf(Math.min(from, x)), timeOf(Math.max(from, x)));
  });
  over.addEventListener('pointerleave', () => listener.onCursor(null));
  over.addEventListener('pointercancel', () => {
    end();
    listener.onCursor(null);
  });
  over.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') end();
  });
}
