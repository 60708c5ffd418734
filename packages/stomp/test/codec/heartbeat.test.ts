import { agreeHeartbeat, parseHeartbeat } from '@hostcast/stomp/codec';
import { expect, test } from 'vitest';

test('each direction beats at the slower of the two wishes, or not at all', () => {
  expect(agreeHeartbeat([10_000, 10_000], [4_000, 20_000])).toEqual({ sendMs: 20_000, receiveMs: 10_000 });
  expect(agreeHeartbeat([10_000, 0], [4_000, 1_000])).toEqual({ sendMs: 10_000, receiveMs: 0 });
  expect(agreeHeartbeat([0, 10_000], [0, 1_000])).toEqual({ sendMs: 0, receiveMs: 0 });
});

test('no header is no heart-beat', () => {
  expect(parseHeartbeat(undefined)).toEqual([0, 0]);
});

test.each(['abc', '1', '1,2,3', '-1,5', '1000000000,0', ' 1,2'])('heart-beat:%s is refused', (header) => {
  expect(() => parseHeartbeat(header)).toThrow(expect.objectContaining({ code: 'ERR_STOMP_HEARTBEAT' }));
});
