import { expect, it } from 'vitest';
import { positionOf, positionsIn } from '../../src/config/locate.ts';

const toml = `port = 1
text = """
influx.url = no key
[limits]
"""
 influx . "db" = "x"
[ limits ] # of all
  body = "1KiB"
'tags' = 1
jwt = { issuer = "x" }`;

it.each([
  ['port', 1, 1],
  ['influx.db', 6, 2],
  ['limits', 7, 3],
  ['limits.body', 8, 3],
  ['limits.tags', 9, 1],
  ['limits.jwt', 10, 1],
  ['limits.jwt.issuer', 10, 1],
])('%s stands at %i:%i', (key, line, column) => {
  expect(positionOf(key, positionsIn(toml))).toEqual({ line, column });
});

it('what stands nowhere has no position', () => {
  expect(positionOf('influx.url', positionsIn(toml))).toBeUndefined();
});
