import type { Ending } from './status.ts';

const byCloseCode = new Map<number, Ending>([
  [4401, 'unauthorized'],
  [4403, 'forbidden'],
  [4409, 'kicked'],
]);

/**
 * Why the server has ended the connection for good, by the WebSocket's close code and the code of the ERROR frame
 * before it; undefined where one may come back.
 */
export function endingOf(closeCode: number, errorCode: string): Ending | undefined {
  const ending = byCloseCode.get(closeCode);
  return ending === 'unauthorized' && errorCode === 'ERR_STOMP_EXPIRED' ? 'expired' : ending;
}
