// What Spring's StompSubProtocolHandler and simple broker do, case by case, and what happens here instead or as
// well: docs/spring.md has the same cases under the same names.
import { StompError, type StompServerOptions } from '@hostcast/stomp';
import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const connect = 'CONNECT\naccept-version:1.2\nhost:/\n\n\0';
const subscribe = (id = '0', destination = '/topic/a', more = '') =>
  `SUBSCRIBE\nid:${id}\ndestination:${destination}\n${more}\n\0`;
const send = (body = 'x', more = '', destination = '/topic/a') =>
  `SEND\ndestination:${destination}\n${more}\n${body}\0`;

/** A server, the commands that its inbound interceptor sees, and a client that has not connected. */
function setUp(options: StompServerOptions = {}) {
  const told = house(options);
  const seen: string[] = [];
  told.stomp.clientInboundChannel.use({ preSend: ({ command }) => void seen.push(command) });
  return { ...told, seen, one: told.client() };
}

/** What a client is told that connects and sends this: the code and text of the ERROR, and the close. */
function refusal(octets: string, options: StompServerOptions = {}) {
  const { one, events } = setUp(options);
  one.connect().send(octets);
  const [error] = one.frames;
  expect(one.heard).toEqual(['ERROR']);
  return {
    code: error?.headers.get('code'),
    text: error?.headers.get('message'),
    close: one.closed?.code,
    events: events.slice(2),
  };
}

const ended = ['disconnected protocol'];

test('W0: a socket that opens is no event and no message, and has a deadline', () => {
  const { stomp, clock, one, seen, events } = setUp();
  expect([stomp.stats().sessions.open, seen, events]).toEqual([1, [], []]);
  clock.advance(10_000);
  expect(events).toEqual(['refused ERR_STOMP_CONNECT_TIMEOUT']);
  expect(one.closed?.code).toBe(1002);
});

test('W1: CONNECTED says version, heart-beat, session, server and user; connect comes before connected', () => {
  const { one, seen, events } = setUp({ authenticate: () => ({ name: 'bob' }) });
  one.send('CONNECT\naccept-version:1.2\nheart-beat:0,0\n\n\0');
  const [connected] = one.frames;
  expect([...(connected?.headers.keys() ?? [])].sort()).toEqual([
    'heart-beat',
    'server',
    'session',
    'user-name',
    'version',
  ]);
  expect(connected?.headers.get('user-name')).toBe('bob');
  expect([seen, events]).toEqual([['CONNECT'], ['connect', 'connected']]);
});

test('W2: SUBSCRIBE gets the RECEIPT that it asks for, once it is subscribed', () => {
  const { one, events } = setUp();
  one.connect().send(subscribe('0', '/topic/a', 'receipt:r\n'));
  expect([one.heard, events.at(-1)]).toEqual([['RECEIPT:r'], 'subscribed 0']);
});

test('W2b: SEND gets its RECEIPT, and the MESSAGE carries the header of the sender’s own, not receipt', () => {
  const { one } = setUp();
  one.connect().send(subscribe() + send('x', 'receipt:r2\nfoo:bar\n'));
  expect(one.heard).toEqual(['MESSAGE:x', 'RECEIPT:r2']);
  const { headers } = one.frames[0] ?? {};
  expect([headers?.get('foo'), headers?.get('receipt')]).toEqual(['bar', undefined]);
});

test('W2c: UNSUBSCRIBE ends the subscription and is told of', () => {
  const { one, events } = setUp();
  one.connect().send(`${subscribe()}UNSUBSCRIBE\nid:0\n\n\0${send()}`);
  expect([one.heard, events.at(-1)]).toEqual([[], 'unsubscribed 0']);
});

test('W2d: UNSUBSCRIBE of an id that does not exist is refused and no event', () => {
  expect(refusal('UNSUBSCRIBE\nid:9\n\n\0')).toEqual({
    code: 'ERR_STOMP_SUBSCRIPTION',
    text: 'No subscription found',
    close: 1002,
    events: ended,
  });
});

test('W3: DISCONNECT with a receipt gets it, then the server closes with 1000', () => {
  const { one, events } = setUp();
  one.connect().send('DISCONNECT\nreceipt:bye\n\n\0');
  expect([one.heard, one.closed?.code]).toEqual([['RECEIPT:bye'], 1000]);
  expect(events.at(-1)).toBe('disconnected client');
});

test('W3b: the socket’s end after DISCONNECT is no second DISCONNECT and no second event', () => {
  const { one, seen, events } = setUp();
  one.connect().send('DISCONNECT\nreceipt:bye\n\n\0');
  one.drop();
  expect(seen).toEqual(['CONNECT', 'DISCONNECT']);
  expect(events).toEqual(['connect', 'connected', 'disconnected client']);
});

test('W4: DISCONNECT without a receipt is a plain end: no frame, close 1000, one DISCONNECT', () => {
  const { one, seen, events } = setUp();
  one.connect().send('DISCONNECT\n\n\0');
  expect([one.heard, one.closed?.code]).toEqual([[], 1000]);
  expect([seen.slice(1), events.slice(2)]).toEqual([['DISCONNECT'], ['disconnected client']]);
});

test('W5: a socket that drops is one DISCONNECT with the reason socket, then the event', () => {
  const { stomp, one, events } = setUp();
  stomp.clientInboundChannel.use({
    preSend: ({ command, reason }) => void events.push(`${command} ${reason}`),
  });
  one.connect().drop();
  expect(events.slice(3)).toEqual(['DISCONNECT socket', 'disconnected socket']);
});

test('W5b: a socket that drops before CONNECT is no DISCONNECT and no event', () => {
  const { one, seen, events } = setUp();
  one.drop();
  expect([seen, events]).toEqual([[], []]);
});

test('W6: what an interceptor throws on CONNECT by accident is hidden from the client and told to the application', () => {
  const { stomp, one, seen, events, errors } = setUp();
  const accident = new RangeError('bad token');
  stomp.clientInboundChannel.use({
    preSend() {
      throw accident;
    },
  });
  one.send(connect);
  const [error] = one.frames;
  expect(error?.headers.get('message')).toBe('the server could not process the frame');
  expect(JSON.stringify([...(error?.headers ?? [])])).not.toMatch(/token|Range|Channel/);
  expect(one.closed?.code).toBe(1002);
  expect([seen, events]).toEqual([['CONNECT'], ['refused ERR_STOMP_INTERNAL']]);
  expect(errors).toMatchObject([{ cause: accident }]);
});

test('W6b: a StompError on CONNECT says its own text to the client', () => {
  const { stomp, one, events } = setUp();
  stomp.clientInboundChannel.use({
    preSend() {
      throw new StompError('bad token', { reason: 'unauthorized' });
    },
  });
  one.send(connect);
  expect([one.frames[0]?.headers.get('message'), one.closed?.code]).toEqual(['bad token', 4401]);
  expect(events).toEqual(['refused ERR_STOMP_UNAUTHORIZED']);
});

test('W6c: ERROR names the receipt of the frame at fault', () => {
  const { one } = setUp({ authorize: () => false });
  one.connect().send(send('x', 'receipt:r7\n'));
  expect(one.frames[0]?.headers.get('receipt-id')).toBe('r7');
});

test('W6d: an interceptor may keep back the ERROR; the connection is closed all the same', () => {
  const { stomp, one } = setUp();
  one.connect();
  stomp.clientOutboundChannel.use({ preSend: () => null });
  one.send(send('x', '', '/nowhere'));
  expect([one.heard, one.closed?.code]).toEqual([[], 1002]);
});

test('W7: null on CONNECT is a refusal, and what the client sent behind it is not processed', () => {
  const { stomp, one, seen } = setUp();
  stomp.clientInboundChannel.use({ preSend: () => null });
  one.send(connect + send());
  expect([one.heard, one.closed?.code, seen]).toEqual([['ERROR'], 4403, ['CONNECT']]);
  expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_DROPPED');
});

test('W7b: nor is what it sends later', () => {
  const { stomp, one, seen } = setUp();
  stomp.clientInboundChannel.use({ preSend: () => null });
  one.send(connect);
  one.send(send());
  expect([one.heard, seen]).toEqual([['ERROR'], ['CONNECT']]);
});

test('W7c: null on DISCONNECT keeps nobody: RECEIPT, close, event', () => {
  const { stomp, one, events } = setUp();
  stomp.clientInboundChannel.use({ preSend: ({ command }) => (command === 'DISCONNECT' ? null : undefined) });
  one.connect().send('DISCONNECT\nreceipt:bye\n\n\0');
  expect([one.heard, one.closed?.code]).toEqual([['RECEIPT:bye'], 1000]);
  expect(events.at(-1)).toBe('disconnected client');
});

test('W9: SEND before CONNECT is refused and reaches no interceptor', () => {
  const { one, seen, events } = setUp();
  one.send(send());
  expect([one.heard, one.closed?.code, seen]).toEqual([['ERROR'], 1002, []]);
  expect(events).toEqual(['refused ERR_STOMP_NOT_CONNECTED']);
});

test('W9b: a heart-beat before CONNECT is nothing', () => {
  const { one } = setUp();
  one.send(`\n\r\n${connect}`);
  expect(one.heard).toEqual(['CONNECTED']);
});

test('W10: a second CONNECT is refused', () => {
  expect(refusal(connect)).toMatchObject({ code: 'ERR_STOMP_ALREADY_CONNECTED', close: 1002, events: ended });
});

test('W11: a version that does not exist is refused with those that do', () => {
  const { one, seen, events } = setUp();
  one.send('CONNECT\naccept-version:2.0\n\n\0');
  expect([one.heard, one.frames[0]?.headers.get('version')]).toEqual([['ERROR'], '1.2,1.1,1.0']);
  expect([seen, events]).toEqual([[], ['refused ERR_STOMP_VERSION']]);
});

test.each([
  ['W12: without accept-version it is STOMP 1.0', '', '1.0'],
  ['W12b: of several versions the highest is taken', 'accept-version:1.0,1.1,1.2\n', '1.2'],
  ['W12c: also where there are blanks between them', 'accept-version:1.1, 1.2\n', '1.2'],
])('%s', (_name, header, version) => {
  const { one } = setUp();
  one.send(`CONNECT\n${header}\n\0`);
  expect(one.frames[0]?.headers.get('version')).toBe(version);
});

test.each(['abc', 'a,b', '-1,5'])('W22: a heart-beat that is not two numbers is refused: %s', (value) => {
  const { one } = setUp();
  one.send(`CONNECT\naccept-version:1.2\nheart-beat:${value}\n\n\0`);
  expect([one.heard, one.frames[0]?.headers.get('code')]).toEqual([['ERROR'], 'ERR_STOMP_HEARTBEAT']);
});

test('W13: a command that does not exist is refused without a word of our insides', () => {
  const { code, text, close } = refusal('FOO\n\n\0');
  expect([code, close]).toEqual(['ERR_STOMP_COMMAND_UNKNOWN', 1002]);
  expect(text).not.toMatch(/enum|class|\.ts|Error/);
});

test.each([
  ['W14: a header without a colon is refused', `SEND\ndestination\n\nx\0`, 'ERR_STOMP_HEADER'],
  ['W14b: a carriage return within a value is refused', send('x', 'a:b\rc\n'), 'ERR_STOMP_HEADER'],
  ['W14: an escape that does not exist is refused', send('x', 'a:\\t\n'), 'ERR_STOMP_ESCAPE'],
  [
    'W14: a body that is longer than its content-length is refused',
    send('xy', 'content-length:1\n'),
    'ERR_STOMP_FRAME_END',
  ],
])('%s', (_name, octets, code) => {
  expect(refusal(octets)).toMatchObject({ code, close: 1002, events: ended });
});

test('W14c: content-type is the client’s own affair, whatever it says', () => {
  const { one } = setUp();
  one.connect().send(subscribe() + send('x', 'content-type:///\n'));
  expect(one.frames[0]?.headers.get('content-type')).toBe('///');
});

test('W14d: a content-length beyond what has come waits for the rest', () => {
  const { one } = setUp();
  one.connect().send(`${subscribe()}SEND\ndestination:/topic/a\ncontent-length:4\n\nab`);
  expect(one.heard).toEqual([]);
  one.send('\0d\0');
  expect(one.heard).toEqual(['MESSAGE:ab\0d']);
});

test.each([
  ['W14e: a content-length that is no number is refused', 'zz'],
  ['W14f: so is a negative one', '-5'],
])('%s', (_name, length) => {
  expect(refusal(send('x', `content-length:${length}\n`))).toMatchObject({
    code: 'ERR_STOMP_CONTENT_LENGTH',
  });
});

test('W14i: the limit is one frame’s, however many come in one message', () => {
  const { one } = setUp({ limits: { frameBodyBytes: 1_000 } });
  one.connect().send(subscribe() + send('x'.repeat(1_000)).repeat(20) + send('x'.repeat(1_001)));
  expect(one.heard).toHaveLength(21);
  expect(one.frames.at(-1)?.headers.get('code')).toBe('ERR_STOMP_BODY_TOO_LARGE');
});

test.each([
  ['W15: SUBSCRIBE without an id is refused and no event', 'SUBSCRIBE\ndestination:/topic/a\n\n\0'],
  ['W15: SUBSCRIBE without a destination is refused and no event', 'SUBSCRIBE\nid:0\n\n\0'],
])('%s', (_name, octets) => {
  expect(refusal(octets)).toMatchObject({ code: 'ERR_STOMP_HEADER_MISSING', events: ended });
});

test('W15c: an id that is taken is refused, whatever the destination', () => {
  expect(refusal(subscribe('0', '/topic/a') + subscribe('0', '/topic/b'))).toMatchObject({
    code: 'ERR_STOMP_SUBSCRIPTION',
    events: ['subscribed 0', 'unsubscribed 0', ...ended],
  });
});

test('W15d: after UNSUBSCRIBE nothing goes on being delivered under its id', () => {
  const { stomp, one } = setUp();
  one.connect().send(subscribe('0', '/topic/b') + subscribe('1', '/topic/*'));
  one.send('UNSUBSCRIBE\nid:0\n\n\0');
  stomp.publish('/topic/b', 'x');
  expect(one.frames.map(({ headers }) => headers.get('subscription'))).toEqual(['1']);
});

test('W17: BEGIN, COMMIT, ABORT, ACK and NACK do what they say, with RECEIPTs', () => {
  const { one, seen } = setUp();
  one.connect().send(subscribe('0', '/queue/a', 'ack:client-individual\n'));
  const began = 'BEGIN\ntransaction:t\nreceipt:began\n\n\0';
  one.send(began + send('1', 'transaction:t\n', '/queue/a'));
  expect(one.heard).toEqual(['RECEIPT:began']);
  one.send('COMMIT\ntransaction:t\nreceipt:done\n\n\0');
  expect(one.heard.slice(1)).toEqual(['MESSAGE:1', 'RECEIPT:done']);
  one.send(`NACK\nid:${one.frames[1]?.headers.get('ack')}\n\n\0`);
  expect(one.heard.at(-1)).toBe('MESSAGE:1');
  one.send(`ACK\nid:${one.frames.at(-1)?.headers.get('ack')}\nreceipt:ok\n\n\0`);
  one.send(`${began}ABORT\ntransaction:t\nreceipt:undone\n\n\0`);
  expect(one.heard.slice(-3)).toEqual(['RECEIPT:ok', 'RECEIPT:began', 'RECEIPT:undone']);
  expect(seen.slice(2)).toEqual(['BEGIN', 'SEND', 'COMMIT', 'NACK', 'ACK', 'BEGIN', 'ABORT']);
});

test('W18: heart-beats are no messages and reach no interceptor', () => {
  const { one, seen } = setUp();
  one.connect().send('\n\n\n\r\n');
  expect([seen, one.closed]).toEqual([['CONNECT'], undefined]);
});

test('W19: a client that reads too slowly is one DISCONNECT and one event, with its user', () => {
  const { stomp, one, seen, events } = setUp({
    limits: { outboxBytes: 100 },
    authenticate: () => ({ name: 'kim' }),
  });
  stomp.on('disconnected', ({ session }) => events.push(`user ${session.user?.name}`));
  one.connect().send(subscribe());
  one.stall();
  for (let index = 0; index < 3; index += 1) stomp.publish('/topic/a', 'x'.repeat(99));
  one.read();
  one.drop();
  expect(seen.filter((command) => command === 'DISCONNECT')).toHaveLength(1);
  expect(events.slice(3)).toEqual(['unsubscribed 0', 'disconnected slow', 'user kim']);
});

test('W20: where hooks wait and order is kept, what they throw still is an ERROR, and no event tells of the frame', async () => {
  const { stomp, one, events } = setUp();
  stomp.clientInboundChannel.use({
    async preSend({ command }) {
      await Promise.resolve();
      if (command === 'SUBSCRIBE') throw new StompError('no', { reason: 'forbidden' });
    },
  });
  one.send(connect + subscribe());
  await eventually(() => expect(one.closed?.code).toBe(4403));
  expect(one.heard).toEqual(['CONNECTED', 'ERROR']);
  await eventually(() => expect(events).toEqual(['connect', 'connected', 'disconnected forbidden']));
});

test.each([
  [
    'W21: what a handler throws ends the session without a word of it to the client',
    () => {
      throw new TypeError('secret of class Foo');
    },
  ],
  ['W21b: also where it throws later', () => Promise.reject(new TypeError('secret of class Foo'))],
])('%s', async (_name, handler) => {
  const { stomp, one, errors } = setUp();
  stomp.handle('/app/a', handler);
  one.connect().send(send('payload', '', '/app/a'));
  await eventually(() => expect(one.heard).toEqual(['ERROR']));
  const text = `${[...(one.frames[0]?.headers ?? [])]} ${Buffer.from(one.frames[0]?.body ?? [])}`;
  expect(text).not.toMatch(/secret|Foo|payload|TypeError/);
  expect(errors).toHaveLength(1);
});

test.each([
  ['W24b: a private message is reached by no pattern of another', subscribe('0', '/topic/**')],
  ['W24b: and a queue cannot be subscribed to by a pattern', subscribe('0', '/queue/**')],
])('%s', (_name, octets) => {
  const { stomp, client } = setUp({ authenticate: ({ login }) => ({ name: login ?? '' }) });
  const [bob, eve] = [client().connect('login:bob\n'), client().connect('login:eve\n')];
  bob.send(subscribe('0', '/user/queue/x'));
  eve.send(octets);
  stomp.publishToUser('bob', '/queue/x', 'for you');
  expect(bob.heard).toEqual(['MESSAGE:for you']);
  expect(eve.heard.filter((each) => each.startsWith('MESSAGE'))).toEqual([]);
});

test('W25b: a pattern cannot be sent to', () => {
  expect(refusal(send('x', '', '/topic/*'))).toMatchObject({ code: 'ERR_STOMP_DESTINATION' });
});

test.each([
  ['W27: frames that come together are taken in order', [connect + subscribe() + send()]],
  [
    'W27b: a frame may come in pieces, with line ends between frames',
    ['\n\nCONN', 'ECT\naccept-version:1.2\n', `\n\0\r\n\n${subscribe()}\n`, `\n${send()}`],
  ],
])('%s', (_name, pieces) => {
  const { one } = setUp();
  for (const piece of pieces) one.send(piece);
  expect(one.heard).toEqual(['CONNECTED', 'MESSAGE:x']);
});

test('W28: a body where none belongs is refused', () => {
  const octets = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\nbody\0';
  expect(refusal(octets)).toMatchObject({ code: 'ERR_STOMP_BODY_UNEXPECTED', events: ended });
});

test.each([
  [
    'W29: SUBSCRIBE to a destination that nobody serves is refused and no event',
    subscribe('0', '/nowhere/a'),
  ],
  ['W30: SEND to a destination that nobody serves is refused', send('x', '', '/nowhere/a')],
])('%s', (_name, octets) => {
  expect(refusal(octets)).toMatchObject({ code: 'ERR_STOMP_DESTINATION', events: ended });
});

test('W31: of a repeated header the first counts, and it alone is passed on', () => {
  const { one } = setUp();
  one.connect().send(subscribe() + send('x', 'foo:1\nfoo:2\n'));
  const line = Buffer.from(one.writes.at(-1) ?? [])
    .toString()
    .match(/^foo:.*$/gm);
  expect(line).toEqual(['foo:1']);
});

test.each([
  ['W32: MESSAGE from a client is refused, and reaches neither interceptors nor subscribers', ['MESSAGE']],
  ['W32b: so are the other commands of a server', ['CONNECTED', 'RECEIPT', 'ERROR']],
])('%s', (_name, commands) => {
  for (const command of commands) {
    const { client, one, seen } = setUp();
    const other = client().connect();
    other.send(subscribe());
    seen.length = 0;
    one.connect().send(`${command}\ndestination:/topic/a\nmessage-id:1\n\nx\0`);
    expect([one.heard, other.heard, seen]).toEqual([['ERROR'], [], ['CONNECT', 'DISCONNECT']]);
  }
});

test('W33: SEND without a destination is refused', () => {
  expect(refusal('SEND\n\nx\0')).toMatchObject({ code: 'ERR_STOMP_HEADER_MISSING', events: ended });
});

test('W34: the four escapes come back as they went in', () => {
  const { one } = setUp();
  one.connect().send(subscribe() + send('x', 'path:C\\c\\\\new\\n\\r\n'));
  expect(one.frames[0]?.headers.get('path')).toBe('C:\\new\n\r');
  expect(Buffer.from(one.writes.at(-1) ?? []).toString()).toContain('path:C\\c\\\\new\\n\\r\n');
});

test('W36: a user that an interceptor sets on CONNECT is the session’s, from CONNECTED and the first event on', () => {
  const { stomp, one, events } = setUp();
  stomp.on('connect', ({ session }) => events.push(`${session.user?.name}`));
  stomp.clientInboundChannel.use({
    preSend: (message) =>
      message.command === 'CONNECT' ? message.with({ user: { name: 'bob' } }) : undefined,
    postSend: ({ command, user }) => void events.push(`${command} ${user?.name}`),
  });
  one.send(connect + send());
  expect(one.frames[0]?.headers.get('user-name')).toBe('bob');
  expect(events).toEqual(['connect', 'bob', 'connected', 'CONNECT bob', 'SEND bob']);
});

test('W37: a server that is closing says so', async () => {
  const { stomp, client } = setUp();
  const closing = stomp.close();
  const late = client();
  late.send(connect);
  expect([late.heard, late.closed?.code]).toEqual([['ERROR'], 1001]);
  expect(late.frames[0]?.headers.get('reconnect')).toBe('true');
  late.drop();
  await closing;
});

test('W40: no header of a SEND changes the destination that subscribers see', () => {
  const { one } = setUp();
  one.connect().send(subscribe('0', '/topic/*') + send('x', 'simpOrigDestination:/topic/admin\n'));
  const { headers } = one.frames[0] ?? {};
  expect([headers?.get('destination'), headers?.has('simpOrigDestination')]).toEqual(['/topic/a', false]);
});

test('W41: headers that are the server’s own cannot be forged by a SEND', () => {
  const { one } = setUp();
  one.connect().send(subscribe() + send('x', 'message-id:1\nsubscription:zz\nuser-name:root\nack:9\n'));
  const { headers } = one.frames[0] ?? {};
  expect([headers?.get('subscription'), headers?.has('user-name'), headers?.has('ack')]).toEqual([
    '0',
    false,
    false,
  ]);
  expect(headers?.get('message-id')).not.toBe('1');
});

test('W42: a selector is a header without a meaning', () => {
  const { one } = setUp();
  one.connect().send(subscribe('0', '/topic/a', "selector:headers.foo == 'bar'\n") + send());
  expect(one.heard).toEqual(['MESSAGE:x']);
});

test('W43: nobody may send to a private destination of somebody else, unless authorize says so', () => {
  expect(refusal(send('x', '', '/user/bob/queue/x'))).toMatchObject({
    code: 'ERR_STOMP_FORBIDDEN',
    close: 4403,
    events: ['disconnected forbidden'],
  });
});

test('W44: a changed copy of a message that is not returned changes nothing', () => {
  const { stomp, one } = setUp();
  stomp.clientInboundChannel.use({ preSend: (message) => void message.with({ user: { name: 'bob' } }) });
  one.send(connect);
  expect([...stomp.sessions.values()][0]?.user).toBeUndefined();
});

test('W45: a user that is set on another command is that message’s only', () => {
  const { stomp, one } = setUp();
  const users: string[] = [];
  stomp.clientInboundChannel.use({
    preSend: (message) => (message.text() === '1' ? message.with({ user: { name: 'bob' } }) : undefined),
  });
  stomp.brokerChannel.use({ preSend: ({ user }) => void users.push(user?.name ?? 'nobody') });
  one.connect().send(send('1') + send('2'));
  expect(users).toEqual(['bob', 'nobody']);
});
