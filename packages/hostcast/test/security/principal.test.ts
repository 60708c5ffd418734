import { expect, test } from 'vitest';
import { anonymous, mayAct, type Right, type Role } from '../../src/security/principal.ts';

test.each<[Right, Role, boolean]>([
  ['viewer', 'viewer', true],
  ['viewer', 'operator', false],
  ['viewer', 'admin', false],
  ['operator', 'viewer', true],
  ['operator', 'operator', true],
  ['operator', 'admin', false],
  ['admin', 'viewer', true],
  ['admin', 'operator', true],
  ['admin', 'admin', true],
  ['ingest', 'viewer', false],
  ['ingest', 'operator', false],
  ['ingest', 'admin', false],
])('who has the right %s may do what takes a %s: %s', (right, least, expected) => {
  expect(mayAct({ ...anonymous, right }, least)).toBe(expected);
});
