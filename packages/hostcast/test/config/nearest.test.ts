import { expect, it } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';

const known = ['port', 'stomp-port', 'host', 'influx.url', 'interval'];

it.each([
  ['prot', 'port'],
  ['PORT', 'port'],
  ['stompPort', 'stomp-port'],
  ['influx_ulr', 'influx.url'],
  ['intervall', 'interval'],
])('%s was perhaps meant to be %s', (wrong, right) => {
  expect(nearest(wrong, known)).toBe(right);
});

it.each(['', 'x', 'colour', 'p'.repeat(100_000)])('nothing is near to %s', (wrong) => {
  expect(nearest(wrong, known)).toBeUndefined();
});
