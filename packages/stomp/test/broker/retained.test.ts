import { expect, test } from 'vitest';
import { Publication } from '../../src/broker/broker.ts';
import { Retained } from '../../src/broker/retained.ts';

const publication = (destination: string, bytes: number) =>
  new Publication({
    destination,
    epoch: 'e',
    number: 1,
    headers: new Map(),
    body: new Uint8Array(bytes),
  });

test('keeps the newest of each destination; above the count the longest unchanged goes', () => {
  const retained = new Retained({ retainedMessages: 2, retainedBytes: 1_000 });
  for (const destination of ['/topic/a', '/topic/b', '/topic/a', '/topic/c'])
    retained.set(publication(destination, 1));
  expect(retained.all().map(({ destination }) => destination)).toEqual(['/topic/a', '/topic/c']);
});

test('the limit on octets lets as many stay as fit', () => {
  const retained = new Retained({ retainedMessages: 10, retainedBytes: 100 });
  retained.set(publication('/topic/a', 50));
  retained.set(publication('/topic/b', 50));
  expect(retained.size).toBe(2);
  retained.set(publication('/topic/b', 51));
  expect(retained.all().map(({ destination }) => destination)).toEqual(['/topic/b']);
  expect(retained.bytes).toBe(51);
});
