import { expect, test } from 'vitest';
import { wrapWebSocket } from '../../src/transport/webSocketFrame.ts';

test.each([
  [0, 'text', '8100'],
  [125, 'binary', '827d'],
  [126, 'text', '817e007e'],
  [65_535, 'text', '817effff'],
  [65_536, 'binary', '827f0000000000010000'],
] as const)('%i octets as %s begin with %s', (length, opcode, head) => {
  const wrapped = wrapWebSocket(new Uint8Array(length).fill(7), opcode);
  expect(Buffer.from(wrapped.subarray(0, wrapped.length - length)).toString('hex')).toBe(head);
  expect(wrapped.subarray(wrapped.length - length).every((octet) => octet === 7)).toBe(true);
});
