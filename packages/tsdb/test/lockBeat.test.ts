import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lockFolder } from '../src/lock.ts';
import { newFolder } from './folder.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

const inOrder = process.platform === 'linux' ? it : it.skip;
const nobody = () => {};

inOrder('a lock that is held shows every two seconds that its process lives', () => {
  const folder = newFolder();
  const path = join(folder, 'LOCK');
  const unlock = lockFolder(folder, nobody);
  const held = readFileSync(path, 'utf8');
  for (let beat = 0; beat < 3; beat++) {
    utimesSync(path, 1, 1);
    vi.advanceTimersByTime(1_999);
    expect(statSync(path).mtimeMs).toBe(1_000);
    vi.advanceTimersByTime(1);
    expect(statSync(path).mtimeMs).toBeGreaterThan(1_000);
  }
  expect(readFileSync(path, 'utf8')).toBe(held);
  unlock();
  expect(vi.getTimerCount()).toBe(0);
});

inOrder('a lock that somebody else has taken over is left alone', () => {
  const folder = newFolder();
  const path = join(folder, 'LOCK');
  const unlock = lockFolder(folder, nobody);
  rmSync(path);
  writeFileSync(path, 'theirs');
  utimesSync(path, 1, 1);
  vi.advanceTimersByTime(2_000);
  expect([readFileSync(path, 'utf8'), statSync(path).mtimeMs]).toEqual(['theirs', 1_000]);
  unlock();
  expect(readFileSync(path, 'utf8')).toBe('theirs');
});
