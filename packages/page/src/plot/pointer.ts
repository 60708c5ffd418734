import { type Frame, timeAt, valueAt } from './frame.ts';

/** What the pointer does over a drawing; times are epoch ms. */
export interface PointerListener {
  /** Where it is, and at which value of the axis; null where it has left. */
  readonly onCursor: (timeMs: number | null, value?: number) => void;
  /** A span was drawn with the mouse, or between two fingers. */
  readonly onZoom: (fromMs: number, toMs: number) => void;
}

/** A shorter drag, CSS px, was meant as a click. */
const leastDrag = 8;

/** The following of a pointer. */
export interface Following {
  /** Tells anew what time is under a pointer that rests, if `cursorMs` is what it told last. */
  retell(cursorMs: number | null): void;
  stop(): void;
}

/**
 * Follows the pointer over an element that covers the frame; `show` draws the span while it is being chosen. A finger
 * leaves the cursor where it tapped, until it taps elsewhere or scrolls.
 */
export function followPointer(
  over: HTMLElement,
  frame: () => Frame,
  listener: PointerListener,
  show: (span: readonly [fromX: number, toX: number] | undefined) => void,
): Following {
  let startX: number | undefined;
  let told: { readonly x: number; readonly y: number; readonly timeMs: number } | undefined;
  const placeIn = ({ clientX }: PointerEvent): number =>
    Math.min(Math.max(clientX - over.getBoundingClientRect().left, 0), frame().width);
  const timeOf = (x: number): number => timeAt(frame(), frame().left + x);
  const downIn = ({ clientY }: PointerEvent): number => clientY - over.getBoundingClientRect().top;
  const tell = (x: number, y: number): void => {
    told = { x, y, timeMs: timeOf(x) };
    listener.onCursor(told.timeMs, valueAt(frame(), frame().top + y));
  };
  const end = (): void => {
    removeEventListener('keydown', abandon, true);
    startX = undefined;
    show(undefined);
  };
  // Wherever the focus is, and before the page takes the key for something else.
  const abandon = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    end();
  };
  const leave = (): void => {
    removeEventListener('pointerdown', leave, true);
    told = undefined;
    listener.onCursor(null);
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch') {
      // With a finger one scrolls, and reads values. The next tap is heard here before any chart hears it.
      tell(placeIn(event), downIn(event));
      addEventListener('pointerdown', leave, true);
      return;
    }
    if (event.button !== 0) return;
    startX = placeIn(event);
    over.setPointerCapture(event.pointerId);
    addEventListener('keydown', abandon, true);
  });
  over.addEventListener('pointermove', (event) => {
    const x = placeIn(event);
    tell(x, downIn(event));
    if (startX !== undefined) show([Math.min(startX, x), Math.max(startX, x)]);
  });
  over.addEventListener('pointerup', (event) => {
    const x = placeIn(event);
    const from = startX;
    end();
    if (from === undefined || Math.abs(x - from) < leastDrag) return;
    listener.onZoom(timeOf(Math.min(from, x)), timeOf(Math.max(from, x)));
  });
  over.addEventListener('pointerleave', ({ pointerType }) => {
    if (pointerType !== 'touch') leave();
  });
  over.addEventListener('pointercancel', () => {
    end();
    leave();
  });
  followFingers(over, placeIn, show, (fromX, toX) => listener.onZoom(timeOf(fromX), timeOf(toX)));
  return {
    retell(cursorMs) {
      if (told && told.timeMs === cursorMs) tell(told.x, told.y);
    },
    stop() {
      removeEventListener('pointerdown', leave, true);
      removeEventListener('keydown', abandon, true);
    },
  };
}

/** Two fingers choose the span between them, until one of them is lifted. */
function followFingers(
  over: HTMLElement,
  placeIn: (event: PointerEvent) => number,
  show: (span: readonly [fromX: number, toX: number] | undefined) => void,
  choose: (fromX: number, toX: number) => void,
): void {
  const places = new Map<number, number>();
  const span = (): [number, number] => [Math.min(...places.values()), Math.max(...places.values())];
  const put = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch') return;
    if (event.type === 'pointermove' && !places.has(event.pointerId)) return;
    places.set(event.pointerId, placeIn(event));
    if (places.size === 2) show(span());
  };
  const lift = ({ type, pointerId }: PointerEvent): void => {
    const [fromX, toX] = span();
    const isChosen = places.size === 2;
    places.delete(pointerId);
    if (!isChosen) return;
    places.clear();
    show(undefined);
    if (type === 'pointerup' && toX - fromX >= leastDrag) choose(fromX, toX);
  };
  over.addEventListener('pointerdown', put);
  over.addEventListener('pointermove', put);
  over.addEventListener('pointerup', lift);
  over.addEventListener('pointercancel', lift);
}
