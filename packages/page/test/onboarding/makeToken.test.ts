import { expect, test } from 'vitest';
import { tokenName } from '../../src/onboarding/makeToken.ts';

test.each([
  [['web-1'], 'telegraf-web-1'],
  [['web-*', 'db-1'], 'telegraf-web-_'],
  [[], 'telegraf-any'],
  [['서버 1'], 'telegraf-_1'],
  [['x'.repeat(255)], `telegraf-${'x'.repeat(55)}`],
])('a token for %j is listed as %s', (hosts, name) => {
  expect(tokenName(hosts)).toBe(name);
});
