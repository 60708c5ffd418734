import { expect, it } from 'vitest';
import { matched } from '../src/router.ts';

it('a route takes a path of as many segments, and what stands for its names as it was meant', () => {
  expect(matched('/', '/')).toEqual({});
  expect(matched('/connections', '/connections')).toEqual({});
  expect(matched('/hosts/:host', '/hosts/db%2F1%20a')).toEqual({ host: 'db/1 a' });
  expect(matched('/hosts/:host', '/hosts')).toBeUndefined();
  expect(matched('/hosts/:host', '/hosts/a/b')).toBeUndefined();
  expect(matched('/hosts/:host', '/host/a')).toBeUndefined();
});

it('an address whose percent-encoding is broken is no route’s', () => {
  expect(matched('/hosts/:host', '/hosts/%E0%A4%A')).toBeUndefined();
});
