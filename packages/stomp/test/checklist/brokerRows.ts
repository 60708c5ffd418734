import { C10, C11, C12, CLOSE, CUT, type Expected, frame, type Row, row, send, subscribe } from './row.ts';

const queue = (ack: string, id = '0') => subscribe(id, '/queue/q', `ack:${ack}\n`);
const toQueue = (...bodies: string[]) => bodies.map((body) => send(body, '', '/queue/q')).join('');
const messages = (...bodies: string[]): Expected[] => bodies.map((body) => ['MESSAGE', `|${body}`]);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}`);
const tx = (command: string) => frame(command, 'transaction:t');
const inTx = (...bodies: string[]) => bodies.map((body) => send(body, 'transaction:t\n')).join('');
const acknowledged = subscribe('0', '/topic/x', 'ack:client\n') + send('x');

/** Points 55 to 101: subscriptions, receipts, errors, transactions. */
const sharedRows: readonly Row[] = [
  row(55, 'MESSAGE says what it is', C12 + subscribe() + send('x'), [
    ['MESSAGE', /^destination:./, /^message-id:./, 'subscription:0'],
  ]),
  row(56, 'the destination is that of SEND', C12 + subscribe() + send('x'), [
    ['MESSAGE', 'destination:/topic/x'],
  ]),
  row(
    57,
    'message-id is unique',
    C12 +
      subscribe() +
      numbers(9)
        .map((each) => send(each))
        .join(''),
    messages(...numbers(9)),
  ),
  row(
    58,
    'MESSAGE has ack where it is to be acknowledged',
    C12 +
      subscribe('0', '/topic/x', 'ack:client\n') +
      subscribe('1', '/topic/x', 'ack:client-individual\n') +
      send('x'),
    [
      ['MESSAGE', 'subscription:0', /^ack:./],
      ['MESSAGE', 'subscription:1', /^ack:./],
    ],
  ),
  row(59, 'both subscriptions of a connection get it', C12 + subscribe('0') + subscribe('1') + send('x'), [
    ['MESSAGE', 'subscription:0'],
    ['MESSAGE', 'subscription:1'],
  ]),
  {
    point: 60,
    name: 'connections may use the same subscription id',
    moves: [
      ['a', C12 + subscribe()],
      ['b', C12 + subscribe()],
      ['a', send('x')],
    ],
    got: { a: messages('x'), b: messages('x') },
  },
  row(61, 'other destinations are not delivered', C12 + subscribe() + send('x', '', '/topic/xx'), []),
  row(
    62,
    'ack is auto by default',
    C12 +
      subscribe() +
      numbers(51)
        .map((each) => send(each))
        .join(''),
    messages(...numbers(51)),
  ),
  row(63, 'nothing after UNSUBSCRIBE', C12 + subscribe() + frame('UNSUBSCRIBE', 'id:0') + send('x'), []),
  row(
    64,
    '1.0 subscribes and unsubscribes by destination',
    `${C10}${frame('SUBSCRIBE', 'destination:/topic/x')}${send('1')}${frame('UNSUBSCRIBE', 'destination:/topic/x')}${send('2')}`,
    messages('1'),
  ),

  row(65, 'RECEIPT for SEND', C12 + send('x', 'receipt:r\n'), [['RECEIPT', 'receipt-id:r']]),
  row(66, 'RECEIPT for SUBSCRIBE', C12 + subscribe('0', '/topic/x', 'receipt:r\n'), [
    ['RECEIPT', 'receipt-id:r'],
  ]),
  row(67, 'RECEIPT for UNSUBSCRIBE', C12 + subscribe() + frame('UNSUBSCRIBE', 'id:0', 'receipt:r'), [
    ['RECEIPT', 'receipt-id:r'],
  ]),
  row(
    68,
    'RECEIPT for BEGIN, COMMIT and ABORT',
    C12 +
      ['BEGIN', 'COMMIT', 'BEGIN', 'ABORT']
        .map((each) => frame(each, 'transaction:t', `receipt:${each}`))
        .join(''),
    [
      ['RECEIPT', 'receipt-id:BEGIN'],
      ['RECEIPT', 'receipt-id:COMMIT'],
      ['RECEIPT', 'receipt-id:BEGIN'],
      ['RECEIPT', 'receipt-id:ABORT'],
    ],
  ),
  row(69, 'RECEIPT for DISCONNECT', C12 + frame('DISCONNECT', 'receipt:r'), [
    ['RECEIPT', 'receipt-id:r'],
    'X',
  ]),
  row(
    70,
    'RECEIPT for ACK in 1.2',
    [C12 + acknowledged, frame('ACK', 'id:<ack 1>', 'receipt:r')],
    [['MESSAGE'], ['RECEIPT', 'receipt-id:r']],
  ),
  row(
    71,
    'RECEIPT for NACK in 1.2',
    [C12 + acknowledged, frame('NACK', 'id:<ack 1>', 'receipt:r')],
    [['MESSAGE'], ['RECEIPT', 'receipt-id:r']],
  ),
  row(
    72,
    'ACK in 1.1',
    [C11 + acknowledged, frame('ACK', 'message-id:<message-id 1>', 'subscription:0', 'receipt:r')],
    [['MESSAGE'], ['RECEIPT', 'receipt-id:r']],
  ),
  row(
    73,
    'ACK in 1.0',
    [C10 + acknowledged, frame('ACK', 'message-id:<message-id 1>', 'receipt:r')],
    [['MESSAGE'], ['RECEIPT', 'receipt-id:r']],
  ),
  {
    point: 74,
    name: 'the RECEIPT of DISCONNECT covers what was sent before',
    moves: [
      ['b', C12 + subscribe()],
      [
        'a',
        C12 +
          numbers(30)
            .map((each) => send(each))
            .join('') +
          frame('DISCONNECT', 'receipt:r'),
      ],
    ],
    got: { a: [['RECEIPT', 'receipt-id:r'], 'X'], b: messages(...numbers(30)) },
  },
  row(
    75,
    'no RECEIPT unasked',
    `${C12}${subscribe('0', '/topic/y')}${send('x')}${tx('BEGIN')}${frame('DISCONNECT')}`,
    ['X'],
  ),
  row(76, 'RECEIPT has no body', C12 + send('x', 'receipt:r\n'), [['RECEIPT', '|']]),
  {
    point: 77,
    name: 'frames that came before the close are processed',
    moves: [
      ['b', C12 + subscribe()],
      [
        'a',
        C12 +
          numbers(5)
            .map((each) => send(each))
            .join(''),
      ],
      ['a', CLOSE],
    ],
    got: { b: messages(...numbers(5)) },
  },

  row(78, 'SEND without destination', `${C12}SEND\n\nx\0`, [['ERROR'], 'X']),
  row(79, 'SUBSCRIBE without destination', C12 + frame('SUBSCRIBE', 'id:0'), [['ERROR'], 'X']),
  row(80, 'SEND in an unknown transaction', C12 + send('x', 'transaction:none\n'), [['ERROR'], 'X']),
  row(81, 'SUBSCRIBE with an id in use', C12 + subscribe() + subscribe('0', '/topic/y'), [['ERROR'], 'X']),
  row(82, 'SUBSCRIBE without id', C12 + frame('SUBSCRIBE', 'destination:/topic/x'), [['ERROR'], 'X']),
  row(
    83,
    'no NUL behind content-length octets',
    C12 + subscribe() + send('abc', 'content-length:2\nreceipt:r\n'),
    [['ERROR'], 'X'],
  ),
  row(84, 'UNSUBSCRIBE without id', C12 + subscribe() + frame('UNSUBSCRIBE', 'receipt:r'), [['ERROR'], 'X']),
  row(85, 'ACK without id', C12 + frame('ACK', 'receipt:r'), [['ERROR'], 'X']),
  row(86, 'BEGIN without transaction', C12 + frame('BEGIN', 'receipt:r'), [['ERROR'], 'X']),
  row(87, 'COMMIT of an unknown transaction', C12 + frame('COMMIT', 'transaction:t', 'receipt:r'), [
    ['ERROR'],
    'X',
  ]),
  row(88, 'ABORT of an unknown transaction', C12 + frame('ABORT', 'transaction:t', 'receipt:r'), [
    ['ERROR'],
    'X',
  ]),
  row(89, 'an unknown command', C12 + frame('SHOUT', 'receipt:r'), [['ERROR'], 'X']),
  row(90, 'ERROR names the frame at fault', `${C12}SEND\nreceipt:r\n\nx\0`, [['ERROR', 'receipt-id:r'], 'X']),
  row(91, 'ERROR has a message', `${C12}SEND\n\nx\0`, [['ERROR', /^message:./], 'X']),
  row(92, 'ERROR with a body says its length and type', `${C12}SEND\n\nx\0`, [
    ['ERROR', /^content-length:[1-9]/, 'content-type:text/plain'],
    'X',
  ]),
  {
    point: 93,
    name: 'another connection is unaffected',
    moves: [
      ['b', C12 + subscribe()],
      ['a', `${C12}SEND\n\nx\0`],
      ['b', send('x')],
    ],
    got: { a: [['ERROR'], 'X'], b: messages('x') },
  },
  row(94, 'a header line of 256 kB', C12 + send('x', `foo:${'x'.repeat(262_144)}\n`), [
    ['ERROR', /^message:./],
    'X',
  ]),
  row(
    95,
    '5,000 headers',
    C12 +
      send(
        'x',
        numbers(5_000)
          .map((each) => `h${each}:v\n`)
          .join(''),
      ),
    [['ERROR', /^message:./], 'X'],
  ),

  row(
    96,
    'COMMIT delivers in order, not before',
    C12 + subscribe() + tx('BEGIN') + inTx('1', '2') + send('0') + tx('COMMIT'),
    messages('0', '1', '2'),
  ),
  row(97, 'ABORT drops', C12 + subscribe() + tx('BEGIN') + inTx('1') + tx('ABORT'), []),
  {
    point: 98,
    name: 'a lost connection aborts',
    moves: [
      ['b', C12 + subscribe()],
      ['a', C12 + tx('BEGIN') + inTx('1')],
      ['a', CUT],
    ],
    got: { b: [] },
  },
  {
    point: 99,
    name: 'DISCONNECT aborts',
    moves: [
      ['b', C12 + subscribe()],
      ['a', C12 + tx('BEGIN') + inTx('1') + frame('DISCONNECT')],
    ],
    got: { a: ['X'], b: [] },
  },
  row(
    100,
    'transactions of 1.0',
    C10 + subscribe() + tx('BEGIN') + inTx('1') + send('0') + tx('COMMIT'),
    messages('0', '1'),
  ),
  {
    point: 101,
    name: 'transaction ids are per connection',
    moves: [
      ['a', C12 + subscribe() + tx('BEGIN') + inTx('1')],
      ['b', C12 + tx('BEGIN') + inTx('2') + tx('ABORT')],
      ['a', tx('COMMIT')],
    ],
    got: { a: messages('1'), b: [] },
  },
];

/** Points 111 to 117: what acknowledging means, on a queue. `b` comes when `a` is lost. */
const queueRows: readonly Row[] = [
  acknowledging(
    111,
    'what is not acknowledged is redelivered after the loss',
    'client-individual',
    [],
    ['1', '2', '3'],
  ),
  acknowledging(112, 'client is cumulative', 'client', [frame('ACK', 'id:<ack 2>')], ['3']),
  acknowledging(
    113,
    'client-individual is not',
    'client-individual',
    [frame('ACK', 'id:<ack 2>')],
    ['1', '3'],
  ),
  acknowledging(114, 'auto is consumed when it is sent', 'auto', [], []),
  acknowledging(115, 'ACK counts with COMMIT', 'client', [tx('BEGIN'), ackInTx(3), tx('COMMIT')], []),
  acknowledging(
    116,
    'ACK does not count after ABORT',
    'client',
    [tx('BEGIN'), ackInTx(3), tx('ABORT')],
    ['1', '2', '3'],
  ),
  acknowledging(
    117,
    'ACK does not count after the loss',
    'client',
    [tx('BEGIN'), ackInTx(3)],
    ['1', '2', '3'],
  ),
];

export const brokerRows: readonly Row[] = [...sharedRows, ...queueRows];

function ackInTx(index: number): string {
  return frame('ACK', `id:<ack ${index}>`, 'transaction:t');
}

function acknowledging(point: number, name: string, mode: string, answers: string[], left: string[]): Row {
  return {
    point,
    name,
    moves: [
      ['a', C12 + queue(mode) + toQueue('1', '2', '3')],
      ...answers.map((each) => ['a', each] as const),
      ['a', CUT],
      ['b', C12 + queue('auto')],
    ],
    got: { a: messages('1', '2', '3'), b: messages(...left) },
  };
}
