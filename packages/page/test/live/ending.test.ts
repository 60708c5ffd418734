import { expect, test } from 'vitest';
import { endingOf } from '../../src/live/ending.ts';

test.each([
  [4401, 'ERR_STOMP_EXPIRED', 'expired'],
  [4401, 'ERR_STOMP_UNAUTHORIZED', 'unauthorized'],
  [4401, '', 'unauthorized'],
  [4403, 'ERR_STOMP_FORBIDDEN', 'forbidden'],
  [4409, '', 'kicked'],
  [4408, 'ERR_STOMP_SLOW', undefined],
  [1001, 'ERR_STOMP_SHUTDOWN', undefined],
  [1006, '', undefined],
])('close code %d after %s is %s', (closeCode, errorCode, ending) => {
  expect(endingOf(closeCode, errorCode)).toBe(ending);
});
