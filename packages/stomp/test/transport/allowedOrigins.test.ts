import { createStompServer } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { allowedOrigins } from '../../src/transport/allowedOrigins.ts';

describe.each<[string, string[], string[]]>([
  [
    'https://app.example/',
    ['https://app.example', 'HTTPS://APP.example'],
    ['http://app.example', 'https://app.example:8443', 'https://app.example.evil.example', 'null', ''],
  ],
  [
    'https://*.a.example',
    ['https://b.a.example', 'https://C.b.A.example'],
    [
      ...['https://a.example', 'https://.a.example', 'http://b.a.example', 'https://b.a.example:8443'],
      ...['https://evila.example', 'https://b.a.example.evil.example', 'https://evil.example/b.a.example'],
      ...['https://evil.example#.a.example', 'https://evil.example\\.a.example', 'https://x@b.a.example'],
      ...['https://evil.example\n.a.example', 'https://b.a.example\n', 'https://-_%2e.a.example'],
    ],
  ],
  [
    'http://a.example:[8080,8081]',
    ['http://a.example:8080', 'http://a.example:8081'],
    ['http://a.example', 'http://a.example:80', 'http://a.example:80808', 'http://b.example:8080'],
  ],
  [
    'https://app-*.example:[*]',
    ['https://app-1.example', 'https://app-1.example:8443'],
    [
      'https://app-.example',
      'https://app-1.example:',
      'https://app-1.example:x',
      'https://app-1.example.evil',
    ],
  ],
  ['*', ['https://anything.example', 'null'], []],
])('of allowedOrigins %s', (pattern, taken, refused) => {
  const isAllowed = allowedOrigins([pattern]);
  test.each(taken)('%j may come', (origin) => expect(isAllowed(origin)).toBe(true));
  test.each(refused)('%j may not', (origin) => expect(isAllowed(origin)).toBe(false));
});

test.each([
  'https://*.a.example/x',
  '*.a.example',
  'https://a.example:[]',
  'https://a.example:[1,]',
  'ftp://*.a',
])('the pattern %s is none, and refused by its name', (pattern) => {
  expect(() => createStompServer({ allowedOrigins: [pattern] })).toThrow(
    new TypeError(
      `allowedOrigins: ${JSON.stringify(pattern)} is no pattern such as https://*.example.org:[8080,8081]`,
    ),
  );
});

test('a pattern is held against any Origin in no time', () => {
  const isAllowed = allowedOrigins([`https://${'*a'.repeat(100)}.example`]);
  expect(isAllowed(`https://${'a'.repeat(16_000)}`)).toBe(false);
  expect(isAllowed(`https://${'a'.repeat(250)}`)).toBe(false);
});
