import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventText } from '../../src/connections/words.ts';
import { language } from '../../src/texts/texts.ts';

const ended = { time: 0, session: 's', user: null, address: '::1', transport: 'websocket' } as const;

beforeEach(() => {
  language.value = 'ko';
});

afterEach(() => {
  language.value = 'en';
});

test.each([
  ['socket', 'WebSocket close 1001, the page went away', 'WebSocket 1001: 페이지가 닫힘'],
  ['heartbeat', 'no heart-beat for 30012 ms', '30012ms 동안 소식이 없음'],
  [
    'slow',
    'more than 1048576 octets wait to be read (limit outboxBytes)',
    '읽지 않은 데이터가 1048576바이트를 넘음 (한도 outboxBytes)',
  ],
  ['forbidden', 'SUBSCRIBE is not allowed: /topic/hosts.db-1', 'SUBSCRIBE /topic/hosts.db-1'],
  ['protocol', 'a header line of 20000 bytes', 'a header line of 20000 bytes'],
  ['socket', 'WebSocket close 4000', 'WebSocket close 4000'],
] as const)('the Korean log says what is known of %s in Korean: %s', (reason, detail, said) => {
  expect(eventText({ ...ended, event: 'disconnect', reason, detail }).detail).toBe(said);
});

test('the Korean log says why somebody was turned away', () => {
  const refused = { ...ended, session: null, event: 'refused' } as const;
  expect(eventText({ ...refused, detail: 'name or password is wrong' })).toEqual({
    what: '이름이나 비밀번호가 틀림',
    detail: undefined,
  });
  expect(eventText({ ...refused, detail: 'HTTP 403' }).what).toBe('HTTP 403');
});

test('the log says nothing twice', () => {
  const expired = { ...ended, event: 'disconnect', reason: 'auth-expired' } as const;
  expect(eventText({ ...expired, detail: 'the login has expired' })).toEqual({
    what: '로그인 만료',
    detail: undefined,
  });
});
