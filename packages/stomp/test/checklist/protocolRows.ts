import { C10, C11, C12, frame, type Row, row, send, subscribe } from './row.ts';

const connect = (...lines: string[]) => frame('CONNECT', 'host:/', ...lines);
const login = {
  authenticate: ({ passcode }: { readonly passcode: string | undefined }) => {
    if (passcode !== 'C\\temp:1') throw new Error('wrong');
    return { name: 'kim' };
  },
};
/** What a subscriber gets of a SEND with these header lines. */
const echoed = (...lines: string[]) =>
  C12 + subscribe() + send('x', lines.map((line) => `${line}\n`).join(''));
const bodied = (body: string, more = '') => C12 + subscribe() + send(body, more);
const allOctets = Uint8Array.from({ length: 256 }, (_, index) => index);
const looksLikeFrame = 'MESSAGE\nsubscription:0\n\nfake';
const accents = 'žluť 한글 🙂';

/** Points 1 to 54: connecting, frames and headers, bodies. Heart-beats are in the test itself. */
export const protocolRows: readonly Row[] = [
  row(1, 'CONNECT for 1.2 gets CONNECTED', C12, [['CONNECTED', 'version:1.2']]),
  row(2, 'STOMP is CONNECT', frame('STOMP', 'accept-version:1.2', 'host:/'), [['CONNECTED', 'version:1.2']]),
  row(3, 'the highest version wins', connect('accept-version:1.0,1.1,1.2'), [['CONNECTED', 'version:1.2']]),
  row(4, 'whatever the order', connect('accept-version:1.2,1.0'), [['CONNECTED', 'version:1.2']]),
  row(5, 'among those known', connect('accept-version:1.0,1.1,2.0'), [['CONNECTED', 'version:1.1']]),
  row(6, '1.1 alone', C11, [['CONNECTED', 'version:1.1']]),
  row(7, 'no accept-version is 1.0', C10, [['CONNECTED', 'version:1.0']]),
  row(8, 'unknown versions are refused', connect('accept-version:9.8,9.9'), [['ERROR'], 'X']),
  row(9, 'naming those known', connect('accept-version:9.8,9.9'), [['ERROR', /^version:.*1\.2/], 'X']),
  row(10, 'server is name/version', C12, [['CONNECTED', /^server:[^\s/]+(\/\S+)?( .*)?$/]]),
  row(11, 'CONNECTED has no body', C12, [['CONNECTED', '|']]),
  row(12, 'CONNECT is not unescaped: colons', connect('accept-version:1.2', 'x-note:a:b:c'), [['CONNECTED']]),
  {
    ...row(13, 'CONNECT is not unescaped: backslashes', connect('accept-version:1.2', 'passcode:C\\temp:1'), [
      ['CONNECTED'],
    ]),
    options: login,
  },
  row(14, 'CRLF in CONNECT', 'CONNECT\r\naccept-version:1.2\r\nhost:/\r\n\r\n\0', [
    ['CONNECTED', 'version:1.2'],
  ]),
  {
    ...row(15, 'a wrong passcode is refused', connect('accept-version:1.2', 'passcode:guess'), [
      ['ERROR'],
      'X',
    ]),
    options: login,
  },

  row(
    22,
    'CRLF in SUBSCRIBE and SEND',
    `${C12}SUBSCRIBE\r\nid:0\r\ndestination:/topic/x\r\n\r\n\0SEND\r\ndestination:/topic/x\r\nfoo:bar\r\n\r\nx\0`,
    [['MESSAGE', 'subscription:0', 'destination:/topic/x', 'foo:bar', '|x']],
  ),
  row(23, 'line ends between frames', `\n\r\n${C12}\n\n\r\n${subscribe()}\r\n\n${send('x')}\n`, [
    ['MESSAGE', '|x'],
  ]),
  row(24, 'header names are case sensitive', `${C12}SEND\nDestination:/topic/x\n\nx\0`, [['ERROR'], 'X']),
  row(25, 'escapes come back octet for octet', echoed('foo:a\\cb\\nc\\rd\\\\e'), [
    ['MESSAGE', 'foo:a\\cb\\nc\\rd\\\\e'],
  ]),
  row(26, 'escapes are undone in one pass', echoed('foo:\\\\n\\\\\\\\c\\\\r'), [
    ['MESSAGE', 'foo:\\\\n\\\\\\\\c\\\\r'],
  ]),
  row(27, 'names are escaped too', echoed('k\\cey:v'), [['MESSAGE', 'k\\cey:v']]),
  row(28, 'receipt-id is escaped', C12 + send('x', 'receipt:a\\cb\\\\\n'), [
    ['RECEIPT', 'receipt-id:a\\cb\\\\'],
  ]),
  row(
    29,
    'destinations match unescaped',
    C12 + subscribe('0', '/topic/a\\cb') + send('x', '', '/topic/a\\cb'),
    [['MESSAGE', 'destination:/topic/a\\cb']],
  ),
  row(30, 'an undefined escape is fatal', C12 + send('x', 'foo:a\\tb\nreceipt:r\n'), [['ERROR'], 'X']),
  row(31, '\\r is undefined in 1.1', C11 + send('x', 'foo:a\\rb\nreceipt:r\n'), [['ERROR'], 'X']),
  row(32, 'the escapes of 1.1', C11 + subscribe() + send('x', 'foo:a\\cb\\nc\\\\d\n'), [
    ['MESSAGE', 'foo:a\\cb\\nc\\\\d'],
  ]),
  row(33, '1.0 has no escapes', C10 + subscribe() + send('x', 'foo:C\\temp\n'), [['MESSAGE', 'foo:C\\temp']]),
  {
    point: 34,
    name: 'headers are written in the version of the receiver',
    moves: [
      ['a', C10 + subscribe()],
      ['b', C12 + send('x', 'foo:a\\cb\n')],
    ],
    got: { a: [['MESSAGE', 'foo:a:b']], b: [] },
  },
  row(35, 'UTF-8 in names and values', echoed('이름:값 ž🙂'), [['MESSAGE', '이름:값 ž🙂']]),
  row(36, 'values are never trimmed', echoed('foo:  bar '), [['MESSAGE', 'foo:  bar ']]),
  row(37, 'a value may be empty', echoed('foo:'), [['MESSAGE', 'foo:']]),
  row(38, 'user headers pass, case kept', echoed('x-a:1', 'X-A:2'), [['MESSAGE', 'x-a:1', 'X-A:2']]),
  row(39, 'the first of repeated headers wins', echoed('foo:1', 'foo:2'), [['MESSAGE', 'foo:1', '!foo:2']]),
  row(40, 'destination too', echoed('destination:/topic/y'), [['MESSAGE', 'destination:/topic/x']]),
  row(41, 'receipt too', C12 + send('x', 'receipt:1\nreceipt:2\n'), [['RECEIPT', 'receipt-id:1']]),

  row(42, 'NULs in a body with content-length', bodied('a\0b\0\0c\0', 'content-length:7\n'), [
    ['MESSAGE', '|a\0b\0\0c\0'],
  ]),
  row(43, 'content-length counts octets', bodied(accents, `content-length:${Buffer.byteLength(accents)}\n`), [
    ['MESSAGE', `|${accents}`],
  ]),
  row(44, 'without it the body ends with the NUL', bodied(accents), [['MESSAGE', `|${accents}`]]),
  row(45, 'line ends in a body are kept', bodied('\n\na\n\nb: c\r\n'), [['MESSAGE', '|\n\na\n\nb: c\r\n']]),
  row(46, 'a body may look like a frame', bodied(`${looksLikeFrame}\0`, 'content-length:29\n'), [
    ['MESSAGE', `|${looksLikeFrame}\0`],
  ]),
  row(
    47,
    'all 256 octets',
    [
      C12 + subscribe(),
      Buffer.concat([
        Buffer.from('SEND\ndestination:/topic/x\ncontent-length:256\n\n'),
        allOctets,
        Buffer.of(0),
      ]),
    ],
    [['MESSAGE', 'content-length:256', allOctets]],
  ),
  row(48, 'an empty body', bodied('', 'content-length:0\n'), [['MESSAGE', '|']]),
  row(49, '200 kB', bodied('x'.repeat(200_000)), [['MESSAGE', `|${'x'.repeat(200_000)}`]]),
  row(50, 'MESSAGE with NULs has content-length', bodied('a\0b', 'content-length:3\n'), [
    ['MESSAGE', 'content-length:3'],
  ]),
  row(51, 'MESSAGE with a body has content-length', bodied('abc'), [['MESSAGE', 'content-length:3']]),
  row(52, 'content-type passes', bodied('x', 'content-type:text/x-note;charset=utf-8\n'), [
    ['MESSAGE', 'content-type:text/x-note;charset=utf-8'],
  ]),
  row(53, 'JSON is not reformatted', bodied('{ "b":1,  "a":2.0 }', 'content-type:application/json\n'), [
    ['MESSAGE', '|{ "b":1,  "a":2.0 }'],
  ]),
  row(54, 'wrong JSON is delivered', bodied('{"a":', 'content-type:application/json\n'), [
    ['MESSAGE', '|{"a":'],
  ]),
];
