import { expect, test } from 'vitest';
import { rememberingLast } from '../src/rememberingLast.ts';

test('asks again for another question only, and of nothing as of any other', () => {
  const asked: (string | undefined)[] = [];
  const length = rememberingLast((text: string | undefined) => {
    asked.push(text);
    return text?.length;
  });
  const questions = [undefined, undefined, 'a', 'a', 'bb', 'a', undefined];
  expect(questions.map(length)).toEqual([undefined, undefined, 1, 1, 2, 1, undefined]);
  expect(asked).toEqual([undefined, 'a', 'bb', 'a', undefined]);
});

test('remembers no answer that was thrown', () => {
  let calls = 0;
  const refuse = rememberingLast((): string => {
    calls += 1;
    throw new Error('refused');
  });
  expect(() => refuse('a')).toThrow('refused');
  expect(() => refuse('a')).toThrow('refused');
  expect(calls).toBe(2);
});
