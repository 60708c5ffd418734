import { describe, expect, test } from 'vitest';
import { Publication } from '../src/broker/publication.ts';
import { Unacknowledged } from '../src/unacknowledged.ts';

const publication = (number: number) =>
  new Publication({
    destination: '/topic/a',
    epoch: 'e',
    number,
    headers: new Map(),
    body: new Uint8Array(),
  });

function sent(isCumulative: boolean, ...numbers: number[]): Unacknowledged<Publication> {
  const record = new Unacknowledged<Publication>(isCumulative);
  for (const number of numbers) record.add(publication(number));
  return record;
}

const numbers = (all: readonly Publication[] | undefined) => all?.map(({ number }) => number);

describe('what is unacknowledged', () => {
  test('is settled one by one where answers are individual', () => {
    const record = sent(false, 1, 2, 3);
    expect(numbers(record.settle(2))).toEqual([2]);
    expect(record.settle(2)).toBeUndefined();
    expect(record.size).toBe(2);
  });

  test('is settled up to the one named where answers are cumulative, in the order of sending', () => {
    const record = sent(true, 5, 6, 2, 7);
    expect(numbers(record.settle(2))).toEqual([5, 6, 2]);
    expect(record.settle(6)).toEqual([]);
    expect(record.settle(8)).toBeUndefined();
    expect(numbers(record.takeAll())).toEqual([7]);
  });

  test('forgets what never reached the client', () => {
    const record = sent(false, 1, 2);
    record.forget(publication(1));
    expect(numbers(record.takeAll())).toEqual([2]);
    expect(record.size).toBe(0);
  });
});
