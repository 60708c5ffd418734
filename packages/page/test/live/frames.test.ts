import { beforeEach, expect, test, vi } from 'vitest';
import { dontDraw, drawSoon, paintSoon } from '../../src/live/frames.ts';

const frames: (() => void)[] = [];
const page = { hidden: false, addEventListener: (_: string, heard: () => void) => heardBy.push(heard) };
const heardBy: (() => void)[] = [];

function hide(hidden: boolean): void {
  page.hidden = hidden;
  for (const heard of heardBy) heard();
}

function nextFrame(): void {
  for (const frame of frames.splice(0)) frame();
}

beforeEach(() => {
  vi.stubGlobal('document', page);
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame));
  hide(false);
});

test('what comes several times before a frame is taken over once, and a chart drawn once from it', () => {
  const done: string[] = [];
  const paint = (): void => void done.push('paint');
  const take = (): void => {
    done.push('take');
    paintSoon(paint);
  };
  paintSoon(paint);
  drawSoon(take);
  drawSoon(take);
  nextFrame();
  nextFrame();
  expect(done).toEqual(['take', 'paint']);
});

test('a chart that was to be drawn when the page was hidden is drawn once when it is seen, from what came since', () => {
  const done: string[] = [];
  const paint = (): void => void done.push('paint');
  const take = (): void => {
    done.push('take');
    paintSoon(paint);
  };
  hide(true);
  paintSoon(paint);
  drawSoon(take);
  nextFrame();
  expect(done).toEqual([]);
  hide(false);
  nextFrame();
  nextFrame();
  expect(done).toEqual(['take', 'paint']);
});

test('what is taken back is not drawn', () => {
  const done: string[] = [];
  const paint = (): void => void done.push('paint');
  paintSoon(paint);
  drawSoon(paint);
  dontDraw(paint);
  nextFrame();
  expect(done).toEqual([]);
});
