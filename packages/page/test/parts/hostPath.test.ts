import { expect, test } from 'vitest';
import { hostPath } from '../../src/parts/hostPath.ts';

test('the page of a host keeps a slash in its name', () => {
  expect(hostPath('rack/1')).toBe('/hosts/rack%2F1');
});
