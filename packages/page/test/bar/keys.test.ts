import { expect, test } from 'vitest';
import { keyName } from '../../src/bar/keys.ts';

test.each([
  [{ key: 'g', code: 'KeyG' }, 'g'],
  [{ key: 'G', code: 'KeyG' }, 'g'],
  [{ key: 'ㅎ', code: 'KeyG' }, 'g'],
  [{ key: 'ㅏ', code: 'KeyK' }, 'k'],
  [{ key: 'Process', code: 'KeyF' }, 'f'],
  [{ key: 'п', code: 'KeyG' }, 'g'],
  [{ key: 'f', code: 'KeyY' }, 'f'], // Dvorak: what the keyboard writes counts
  [{ key: ' ', code: 'Space' }, 'Space'],
  [{ key: '?', code: 'Slash' }, '?'],
  [{ key: 'Process', code: 'Slash' }, '/'],
  [{ key: '1', code: 'Digit1' }, '1'],
  [{ key: 'ArrowLeft', code: 'ArrowLeft' }, 'ArrowLeft'],
])('%j is the key %s', (press, name) => {
  expect(keyName(press)).toBe(name);
});
