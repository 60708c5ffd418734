import { C12, type Row, row, send, subscribe } from './row.ts';

const whole = Buffer.from(C12 + subscribe() + send('žluť', 'foo:한글\n'));
const message = [['MESSAGE', 'foo:한글', '|žluť']] as const;
const cut = (at: number) => [whole.subarray(0, at), whole.subarray(at)];

/** Points 102 to 109: frames and WebSocket messages. */
export const carriageRows: readonly Row[] = [
  row(102, 'text messages', whole.toString(), message),
  row(103, 'binary messages', whole, message),
  row(104, 'several frames in one message', C12 + subscribe() + send('1') + send('2'), [
    ['MESSAGE', '|1'],
    ['MESSAGE', '|2'],
  ]),
  row(105, 'a frame cut in its headers', cut(whole.indexOf('destination') + 4), message),
  row(106, 'a frame cut inside a UTF-8 sequence', cut(whole.indexOf('žluť') + 1), message),
  row(107, 'a frame cut before its NUL', cut(whole.length - 1), message),
  row(
    108,
    'a frame octet by octet',
    Array.from(whole, (octet) => Uint8Array.of(octet)),
    message,
  ),
  row(
    109,
    'the end of one frame with the start of the next',
    [C12 + subscribe() + send('1').slice(0, -1), `\0${send('2').slice(0, 9)}`, send('2').slice(9)],
    [
      ['MESSAGE', '|1'],
      ['MESSAGE', '|2'],
    ],
  ),
];
