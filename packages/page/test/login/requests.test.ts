import { expect, test } from 'vitest';
import { readAnswer } from '../../src/login/requests.ts';

const nowMs = Date.parse('2026-11-22T19:00:00Z');

function answerOf(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
) {
  const date = new Date(nowMs).toUTCString();
  return readAnswer(Response.json(body, { status, headers: { date, ...headers } }));
}

test('somebody is in, for as long as the server’s own clock says', async () => {
  const body = { mode: 'users', user: { name: 'kim', role: 'admin' }, expiresAtMs: nowMs + 3_600_000 };
  expect(await answerOf(body)).toEqual({
    kind: 'in',
    user: { name: 'kim', role: 'admin', isScoped: false },
    leftMs: 3_600_000,
  });
});

test('a login may be of some hosts alone, and without an end', async () => {
  const user = { name: 'kim', role: 'viewer', scope: { hosts: ['web-*'] } };
  expect(await answerOf({ mode: 'users', user, expiresAtMs: null })).toEqual({
    kind: 'in',
    user: { name: 'kim', role: 'viewer', isScoped: true },
    leftMs: undefined,
  });
});

test.each([
  ['nobody has to sign in', { mode: 'none', user: null }, {}, { kind: 'open' }],
  ['nobody is in', { mode: 'users', user: null }, {}, { kind: 'out' }],
  ['a wrong password lets nobody in', { error: 'wrong' }, { status: 401 }, { kind: 'out' }],
  [
    'too many attempts have to wait',
    { error: 'too many' },
    { status: 429, headers: { 'retry-after': '42' } },
    { kind: 'busy', waitMs: 42_000 },
  ],
  [
    'a refusal is told in its own words',
    { error: 'not from there' },
    { status: 403 },
    { kind: 'failed', reason: 'not from there' },
  ],
  ['what is no answer is none', 7, {}, { kind: 'failed', reason: 'unreadable answer' }],
])('%s', async (_, body, options, expected) => {
  expect(await answerOf(body, options)).toEqual(expected);
});

test('a logout has no body', async () => {
  expect(await readAnswer(new Response(null, { status: 204 }))).toEqual({ kind: 'out' });
});

test('a proxy that finds no hostcast behind it is as no answer', async () => {
  const page = new Response('<h1>Bad gateway</h1>', {
    status: 502,
    headers: { 'content-type': 'text/html' },
  });
  expect(await readAnswer(page)).toEqual({ kind: 'unreachable' });
});
