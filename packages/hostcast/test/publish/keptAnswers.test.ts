import { expect, it } from 'vitest';
import { KeptAnswers } from '../../src/publish/keptAnswers.ts';
import { FakeClock } from '../support/fakeClock.ts';

function setUp() {
  const clock = new FakeClock();
  const kept = new KeptAnswers<string>({
    clock,
    keepMs: 1_000,
    weigh: (text) => text.length,
    mostWeight: 10,
  });
  const made: string[] = [];
  const ask = (key: string, text = key) =>
    kept.answer(key, async () => {
      made.push(key);
      return text;
    });
  return { clock, kept, made, ask };
}

it('an answer is made once for all who ask within its time', async () => {
  const { clock, made, ask } = setUp();
  expect(await Promise.all([ask('a'), ask('a')])).toEqual(['a', 'a']);
  await clock.advance(999);
  await ask('a');
  expect(made).toEqual(['a']);
  await clock.advance(1);
  await ask('a');
  expect(made).toEqual(['a', 'a']);
});

it('what is kept weighs no more than it may: the oldest goes first, and what is too heavy at once', async () => {
  const { made, ask } = setUp();
  await ask('a', '12345');
  await ask('b', '12345');
  await ask('a');
  expect(made).toEqual(['a', 'b']);
  await ask('c', '1');
  await ask('b');
  await ask('a', '12345');
  expect(made).toEqual(['a', 'b', 'c', 'a']);
  await ask('d', '12345678901');
  await ask('d', '1');
  expect(made).toEqual(['a', 'b', 'c', 'a', 'd', 'd']);
});

it('what failed is asked again', async () => {
  const { kept, ask } = setUp();
  await expect(kept.answer('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await ask('a')).toBe('a');
});
