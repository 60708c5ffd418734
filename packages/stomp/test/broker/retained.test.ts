import { expect, test } from 'vitest';
import { allOf } from '../../src/broker/broker.ts';
import { Publication } from '../../src/broker/publication.ts';
import { Retained } from '../../src/broker/retained.ts';

let number = 0;

const publication = (destination: string, bytes: number) =>
  new Publication({
    destination,
    epoch: 'e',
    number: ++number,
    headers: new Map(),
    body: new Uint8Array(bytes),
  });

/** The destinations of all that is kept. */
function kept(retained: Retained): string[] {
  const replay = retained.matching('/**', number);
  return replay ? [...allOf(replay)].map(({ destination }) => destination) : [];
}

test('keeps the newest of each destination; above the count the longest unchanged goes', () => {
  const retained = new Retained({ retainedMessages: 2, retainedBytes: 1_000 });
  for (const destination of ['/topic/a', '/topic/b', '/topic/a', '/topic/c'])
    retained.set(publication(destination, 1));
  expect(kept(retained)).toEqual(['/topic/a', '/topic/c']);
});

test('the limit on octets lets as many stay as fit', () => {
  const retained = new Retained({ retainedMessages: 10, retainedBytes: 100 });
  retained.set(publication('/topic/a', 50));
  retained.set(publication('/topic/b', 50));
  expect(retained.size).toBe(2);
  retained.set(publication('/topic/b', 51));
  expect(kept(retained)).toEqual(['/topic/b']);
  expect(retained.bytes).toBe(51);
});

test('headers count as well', () => {
  // 1 + 5 + 64 octets each: about what a header takes.
  const withHeader = (destination: string, value: string) =>
    new Publication({
      destination,
      epoch: 'e',
      number: 1,
      headers: new Map([['h', value]]),
      body: new Uint8Array(30),
    });
  const retained = new Retained({ retainedMessages: 10, retainedBytes: 200 });
  retained.set(withHeader('/topic/a', '12345'));
  expect(retained.bytes).toBe(100);
  retained.set(withHeader('/topic/b', '1234'));
  expect([retained.size, retained.bytes]).toEqual([2, 199]);
  retained.set(withHeader('/topic/b', '12345'));
  expect([retained.size, retained.bytes]).toEqual([2, 200]);
  retained.set(withHeader('/topic/b', '123456'));
  expect([retained.size, retained.bytes]).toEqual([1, 101]);
  retained.retract('/topic/b');
  expect([retained.size, retained.bytes]).toEqual([0, 0]);
});

test('a message larger than all may be is not kept; others stay, the one before it does not', () => {
  const retained = new Retained({ retainedMessages: 10, retainedBytes: 100 });
  for (const [destination, bytes] of [
    ['/topic/a', 40],
    ['/topic/b', 40],
    ['/topic/b', 101],
  ] as const)
    retained.set(publication(destination, bytes));
  expect(kept(retained)).toEqual(['/topic/a']);
  expect(retained.bytes).toBe(40);
  retained.set(publication('/topic/c', 100));
  expect(kept(retained)).toEqual(['/topic/c']);
});
