import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../src/store/tee/verdict.ts';

const answer = (status: number, body: object | string = '', retryAfter = '') => ({
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  retryAfter,
});

describe('what an answer to a write means', () => {
  it.each([
    [
      '1.x, one line of another type',
      answer(400, { error: 'partial write: field type conflict: input field "v" is float dropped=3' }),
      {
        kind: 'some-refused',
        lines: 3,
        reason: 'partial write: field type conflict: input field "v" is float dropped=3',
      },
    ],
    [
      '1.x, beyond the retention',
      answer(400, { error: 'partial write: points beyond retention policy dropped=12' }),
      { kind: 'some-refused', lines: 12, reason: 'partial write: points beyond retention policy dropped=12' },
    ],
    [
      '1.x, lines that it cannot read',
      answer(400, {
        error: "partial write: unable to parse 'a': missing fields\nunable to parse 'b': missing fields",
      }),
      {
        kind: 'some-refused',
        lines: 2,
        reason: "partial write: unable to parse 'a': missing fields unable to parse 'b': missing fields",
      },
    ],
    [
      '2.x, a field of another type',
      answer(422, {
        code: 'unprocessable entity',
        message: 'failure writing points to database: partial write: field type conflict: x dropped=1',
      }),
      {
        kind: 'some-refused',
        lines: 1,
        reason: 'failure writing points to database: partial write: field type conflict: x dropped=1',
      },
    ],
    [
      '2.x, the whole body',
      answer(400, { code: 'invalid', message: "unable to parse 'm v=': missing field value" }),
      { kind: 'refused', reason: "unable to parse 'm v=': missing field value" },
    ],
    [
      '3.x',
      answer(400, {
        error: 'partial write of line protocol occurred',
        data: [
          { original_line: 'm v=1', line_number: 1, error_message: 'invalid column type' },
          { original_line: 'm v=2', line_number: 2, error_message: 'invalid column type' },
        ],
      }),
      {
        kind: 'some-refused',
        lines: 2,
        reason: 'partial write of line protocol occurred: invalid column type',
      },
    ],
    [
      'a body that is too large',
      answer(413, '<html>nginx</html>'),
      { kind: 'too-large', reason: 'answered 413' },
    ],
    ['success', answer(204), { kind: 'taken' }],
  ])('%s', (_name, given, verdict) => {
    expect(verdictOf(given)).toEqual(verdict);
  });

  it.each([
    ['a page of a proxy with status 400', answer(400, '<html>Bad Request</html>'), 'answered 400'],
    [
      'a retention policy that is missing',
      answer(400, { error: 'retention policy not found: x' }),
      'answered 400: retention policy not found: x',
    ],
    [
      'a bucket that is missing',
      answer(404, { code: 'not found', message: 'bucket "x" not found' }),
      'answered 404: bucket "x" not found',
    ],
    [
      'a wrong login',
      answer(401, { error: 'authorization failed' }),
      'refused the login (401): authorization failed',
    ],
    ['a login without the right', answer(403), 'refused the login (403)'],
    ['an error of the server', answer(500, { error: 'timeout' }), 'answered 500: timeout'],
    [
      'an error of the server that speaks of lines',
      answer(500, { error: 'partial write: timeout' }),
      'answered 500: partial write: timeout',
    ],
    [
      '200, which no InfluxDB answers',
      answer(200, '<html>Log in</html>'),
      'answered 200, which is no answer to a write: is it InfluxDB?',
    ],
    ['a redirect', answer(302), 'answered 302, which is no answer to a write: is it InfluxDB?'],
    ['an unknown path', answer(405), 'answered 405'],
  ])('%s keeps the lines', (_name, given, reason) => {
    expect(verdictOf(given)).toEqual({ kind: 'later', reason, waitMs: 0, isDatabaseMissing: false });
  });

  it.each([
    'partial write: field type conflict: input field "v" on measurement "database not found" is float dropped=1',
    "unable to parse 'bucket\\ not\\ found v=1,unauthorized=': missing field value",
    'failure writing points to database: partial write: field type conflict: input field "org not found"',
  ])('takes no word of a line for one of the operator: %s', (reason) => {
    expect(verdictOf(answer(400, { error: reason })).kind).toMatch(/refused/);
    expect(verdictOf(answer(422, { code: 'unprocessable entity', message: reason })).kind).toMatch(/refused/);
  });

  it('knows a database that is missing', () => {
    expect(verdictOf(answer(404, { error: 'database not found: "telegraf"' }))).toMatchObject({
      kind: 'later',
      isDatabaseMissing: true,
    });
  });

  it.each([
    ['30', 30_000],
    ['0.5', 500],
    ['86400', 600_000],
    ['-1', 0],
    ['Sun, 22 Nov 2026 21:00:00 GMT', 0],
    ['', 0],
  ])('waits as Retry-After %j says, at most 10 min', (retryAfter, waitMs) => {
    expect(verdictOf(answer(503, '', retryAfter))).toMatchObject({ kind: 'later', waitMs });
  });
});
