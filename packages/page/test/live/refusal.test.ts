import { expect, test } from 'vitest';
import { refusalReason } from '../../src/live/refusal.ts';

test.each([
  [
    '{"error":"InfluxDB at http://127.0.0.1:8086 did not answer within 5 s"}',
    'InfluxDB at http://127.0.0.1:8086 did not answer within 5 s',
  ],
  ['{"error":7}', 'HTTP 503'],
  ['null', 'HTTP 503'],
  ['{"error":""}', 'HTTP 503'],
  ['<h1>Bad gateway</h1>', 'HTTP 503'],
])('a refusal with the body %s is told as %s', async (body, reason) => {
  expect(await refusalReason(new Response(body, { status: 503 }))).toBe(reason);
});

test('a reason of any length is cut', async () => {
  const body = JSON.stringify({ error: 'x'.repeat(1_000) });
  expect(await refusalReason(new Response(body, { status: 503 }))).toHaveLength(300);
});
