import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** What is rendered beyond the window, so that it is there when one scrolls or tabs to it. */
const sparePx = 400;
/** So few lines are all there. */
const fewLines = 60;

/** The part of a list that is rendered: lines `from` to before `to`, and the heights of what is left out. */
export interface Near {
  readonly from: number;
  readonly to: number;
  readonly abovePx: number;
  readonly belowPx: number;
}

/**
 * Which lines of a long list are in the window or near it. `tops` are the lines' distances from the top of `list`, and
 * last how high all of them are. Rendered anew only when a line is about to be missed.
 */
export function useNear<List extends HTMLElement>(
  tops: readonly number[],
): { list: RefObject<List | null>; near: Near } {
  const list = useRef<List>(null);
  const [span, setSpan] = useState({ fromPx: 0, toPx: innerHeight + sparePx });
  const count = tops.length - 1;
  const isLong = count > fewLines;
  useLayoutEffect(() => {
    if (!isLong) return undefined;
    const look = (): void => {
      const top = list.current?.getBoundingClientRect().top;
      if (top === undefined) return;
      setSpan((now) => {
        const isThere = now.fromPx <= Math.max(0, -top) && now.toPx >= innerHeight - top;
        return isThere ? now : { fromPx: -top - sparePx, toPx: innerHeight - top + sparePx };
      });
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [isLong]);
  return { list, near: isLong ? nearOf(tops, span.fromPx, span.toPx) : nearOf(tops, 0, Infinity) };
}

/** The lines that reach into a span of the list, and the room of those above and below. */
export function nearOf(tops: readonly number[], fromPx: number, toPx: number): Near {
  const count = tops.length - 1;
  let from = 0;
  while (from < count && (tops[from + 1] ?? 0) <= fromPx) from += 1;
  let to = from;
  while (to < count && (tops[to] ?? 0) < toPx) to += 1;
  return { from, to, abovePx: tops[from] ?? 0, belowPx: (tops[count] ?? 0) - (tops[to] ?? 0) };
}

/** The tops of lines that are each so high. */
export function topsOf<Line>(lines: readonly Line[], heightPx: (line: Line) => number): number[] {
  const tops = [0];
  for (const line of lines) tops.push((tops.at(-1) ?? 0) + heightPx(line));
  return tops;
}
