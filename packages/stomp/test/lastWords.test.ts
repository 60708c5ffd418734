import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const never = new Promise<undefined>(() => undefined);

test.each([
  ['its own DISCONNECT', 'client'],
  ['a kick', 'kicked'],
  ['the socket', 'socket'],
])('a hook that never answers DISCONNECT keeps a session for closeMs, after %s', async (_way, reason) => {
  const { client, clock, events, errors, stomp } = house({ limits: { closeMs: 700 } });
  stomp.clientInboundChannel.use({
    preSend: ({ command }) => (command === 'DISCONNECT' ? never : undefined),
  });
  const one = client().connect();
  if (reason === 'client') one.send('DISCONNECT\nreceipt:bye\n\n\0');
  if (reason === 'kicked') [...stomp.sessions.values()][0]?.close();
  if (reason === 'socket') one.drop();
  clock.advance(699);
  expect(events).toEqual(['connect', 'connected']);
  clock.advance(1);
  expect(events).toEqual(['connect', 'connected', `disconnected ${reason}`]);
  expect(errors.map(String)).toEqual(['Error: a hook has not answered DISCONNECT within closeMs 700']);
  if (reason === 'client') expect(one.heard).toEqual(['RECEIPT:bye']);
  expect([clock.timers, stomp.sessions.size]).toEqual([0, 0]);
});

test('a hook that answers DISCONNECT after closeMs changes nothing any more', async () => {
  const { client, clock, events, errors, stomp } = house();
  let release: () => void = () => undefined;
  stomp.clientInboundChannel.use({
    preSend: ({ command }) =>
      command === 'DISCONNECT'
        ? new Promise<undefined>((_resolve, reject) => {
            release = () => reject(new Error('too late'));
          })
        : undefined,
  });
  client().connect().send('DISCONNECT\nreceipt:bye\n\n\0');
  clock.advance(2_000);
  release();
  await eventually(() => expect(errors).toHaveLength(2));
  expect(events).toEqual(['connect', 'connected', 'disconnected client']);
});

test('a kicked session whose frame in work never ends is told of after closeMs', () => {
  const { client, clock, events, errors, stomp } = house();
  stomp.clientInboundChannel.use({ preSend: ({ command }) => (command === 'SEND' ? never : undefined) });
  const one = client().connect();
  one.send('SEND\ndestination:/topic/a\n\nx\0');
  [...stomp.sessions.values()][0]?.close();
  expect(events).toEqual(['connect', 'connected']);
  clock.advance(2_000);
  expect(events).toEqual(['connect', 'connected', 'disconnected kicked']);
  expect(errors.map(String)).toEqual(['Error: a hook has not answered a frame within closeMs 2000']);
  expect(clock.timers).toBe(0);
});

test('a session whose client goes while its frame hangs for ever ends after leftFramesMs', () => {
  const { client, clock, events, errors, stomp } = house({
    heartbeat: [0, 0],
    limits: { leftFramesMs: 900 },
  });
  stomp.clientInboundChannel.use({ preSend: ({ command }) => (command === 'SEND' ? never : undefined) });
  const one = client().connect();
  one.send('SEND\ndestination:/topic/a\n\nx\0');
  one.drop();
  clock.advance(899);
  expect([events, stomp.sessions.size]).toEqual([['connect', 'connected'], 1]);
  clock.advance(1);
  expect([events, stomp.sessions.size]).toEqual([['connect', 'connected', 'disconnected socket'], 0]);
  expect(errors.map(String)).toEqual(['Error: a hook has not answered a frame within leftFramesMs 900']);
  expect(stomp.stats().errors).toBe(1);
  expect(clock.timers).toBe(0);
});

test('what a client left when it went is done where a hook answers within leftFramesMs', async () => {
  const { client, clock, events, errors, stomp } = house();
  let release: () => void = () => undefined;
  stomp.handle('/app/a', () => new Promise<void>((resolve) => (release = resolve)));
  const one = client().connect();
  one.send('SEND\ndestination:/app/a\n\nx\0');
  one.drop();
  clock.advance(29_999);
  release();
  await eventually(() => expect(events).toEqual(['connect', 'connected', 'disconnected socket']));
  expect([errors, clock.timers]).toEqual([[], 0]);
});

test.each(['paused before', 'paused just then'])(
  'the RECEIPT of DISCONNECT leaves whatever is %s',
  (when) => {
    const { client, stomp } = house();
    let isPaused = false;
    stomp.clientOutboundChannel.use({ preReceive: () => !isPaused });
    const one = client().connect();
    one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
    isPaused = true;
    if (when === 'paused before') stomp.publish('/topic/a', 'x');
    one.send('DISCONNECT\nreceipt:bye\n\n\0');
    expect(one.heard).toEqual(['RECEIPT:bye']);
    expect(one.closed?.code).toBe(1000);
  },
);

test.each(['paused before', 'paused just then'])('an ERROR leaves whatever is %s', (when) => {
  const { client, stomp } = house();
  let isPaused = false;
  stomp.clientOutboundChannel.use({ preReceive: () => !isPaused });
  const one = client().connect();
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  isPaused = true;
  if (when === 'paused before') stomp.publish('/topic/a', 'x');
  one.send('SEND\n\nx\0');
  expect(one.heard).toEqual(['ERROR']);
  expect(one.closed?.code).toBe(1002);
});

test('the RECEIPT of DISCONNECT comes after what waits, through the hooks of clientOutboundChannel', () => {
  const { client, stomp } = house();
  const seen: string[] = [];
  stomp.clientOutboundChannel.use({
    preSend: ({ command }) => void seen.push(`preSend ${command}`),
    postReceive: ({ command }) => void seen.push(`postReceive ${command}`),
  });
  const one = client().connect();
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  one.stall();
  for (const body of ['1', '2']) stomp.publish('/topic/a', body.repeat(60_000));
  seen.length = 0;
  one.send('DISCONNECT\nreceipt:bye\n\n\0');
  one.read();
  expect(one.frames.map(({ command }) => command)).toEqual(['MESSAGE', 'MESSAGE', 'RECEIPT']);
  expect(seen.at(0)).toBe('preSend RECEIPT');
});
