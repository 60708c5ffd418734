import { type ChannelInterceptor, StompError, type User } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

/** What hostcast's session log is: one line per connect and disconnect, in postSend. */
function sessionLog(lines: string[]): ChannelInterceptor {
  return {
    postSend({ command, reason, session, user }) {
      if (command === 'CONNECT') lines.push(`connect ${user?.name} ${session?.remoteAddress}`);
      if (command === 'DISCONNECT')
        lines.push(`disconnect ${user?.name} ${session?.remoteAddress} ${reason}`);
    },
  };
}

describe('CONNECT', () => {
  test.each([
    ['CONNECT', '1.2', '1.2'],
    ['STOMP', '1.2', '1.2'],
    ['CONNECT', '1.0,1.1,1.2', '1.2'],
    ['CONNECT', '1.2,1.0', '1.2'],
    ['CONNECT', '1.0, 1.1 ,2.0', '1.1'],
    ['CONNECT', '1.0', '1.0'],
  ])('%s with accept-version:%s gets version %s', (command, accepted, version) => {
    const { client, stomp } = house();
    const one = client();
    one.send(`${command}\naccept-version:${accepted}\nhost:/\n\n\0`);
    expect(one.heard).toEqual(['CONNECTED']);
    expect(one.frames[0]?.headers.get('version')).toBe(version);
    expect([...stomp.sessions.values()].map((session) => session.version)).toEqual([version]);
  });

  test('without accept-version is STOMP 1.0', () => {
    const one = house().client();
    one.send('CONNECT\n\n\0');
    expect(one.frames[0]?.headers.get('version')).toBe('1.0');
  });

  test('of an unknown version is refused with those known', () => {
    const { client, events } = house();
    const one = client();
    one.send('CONNECT\naccept-version:9.8,9.9\n\n\0');
    expect(one.heard).toEqual(['ERROR']);
    expect(one.frames[0]?.headers.get('version')).toBe('1.2,1.1,1.0');
    expect(one.closed?.code).toBe(1002);
    expect(events).toEqual(['refused ERR_STOMP_VERSION']);
  });

  test('runs version, authenticate, preSend, event connect, CONNECTED, event connected, postSend', () => {
    const steps: string[] = [];
    const { client, stomp } = house({
      authenticate: ({ login, passcode }) => {
        steps.push(`authenticate ${login} ${passcode}`);
        return { name: 'kim' };
      },
    });
    stomp.clientInboundChannel.use({
      preSend: ({ user }) => void steps.push(`preSend ${user?.name}`),
      postSend: () => void steps.push('postSend'),
    });
    stomp.clientOutboundChannel.use({ preSend: ({ command }) => void steps.push(command) });
    stomp.on('connect', ({ session }) => steps.push(`connect ${session.user?.name}`));
    stomp.on('connected', () => steps.push('connected'));
    client().send('CONNECT\naccept-version:1.2\nlogin:kim\npasscode:C\\temp\n\n\0');
    expect(steps).toEqual([
      'authenticate kim C\\temp',
      'preSend kim',
      'connect kim',
      'CONNECTED',
      'connected',
      'postSend',
    ]);
  });

  test('gets the user that an interceptor puts on the message', () => {
    const { client, stomp } = house();
    stomp.clientInboundChannel.use({ preSend: (message) => message.with({ user: { name: 'lee' } }) });
    const one = client();
    one.send('CONNECT\naccept-version:1.2\n\n\0');
    expect(one.frames[0]?.headers.get('user-name')).toBe('lee');
    expect([...stomp.sessions.values()][0]?.user).toEqual({ name: 'lee' });
  });

  test('that an interceptor drops is refused, not left hanging', () => {
    const { client, events, stomp } = house();
    stomp.clientInboundChannel.use({ preSend: () => null });
    const one = client();
    one.send('CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/topic/a\n\nx\0');
    expect(one.heard).toEqual(['ERROR']);
    expect(one.closed?.code).toBe(4403);
    expect(events).toEqual(['refused ERR_STOMP_DROPPED']);
  });

  test('that authenticate refuses tells why only if it is a StompError', () => {
    const refused = (error: Error) => {
      const { client, events } = house({
        authenticate() {
          throw error;
        },
      });
      const one = client();
      one.send('CONNECT\naccept-version:1.2\n\n\0');
      return [one.frames[0]?.headers.get('message'), one.closed?.code, ...events];
    };
    expect(refused(new StompError('token expired', { reason: 'auth-expired' }))).toEqual([
      'token expired',
      4401,
      'refused ERR_STOMP_EXPIRED',
    ]);
    expect(refused(new Error('no table users'))).toEqual([
      'Login failed',
      4401,
      'refused ERR_STOMP_UNAUTHORIZED',
    ]);
  });

  test('waits for an authenticate that takes its time, and what follows waits behind it', async () => {
    let admit: (user: User) => void = () => undefined;
    const { client } = house({
      authenticate: () =>
        new Promise<User>((resolve) => {
          admit = resolve;
        }),
    });
    const one = client();
    one.send('CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:a\\cb\n\n\0');
    expect(one.heard).toEqual([]);
    admit({ name: 'kim' });
    await eventually(() => expect(one.heard).toEqual(['CONNECTED', 'RECEIPT:a:b']));
  });

  test('in work lets only so much wait behind it as a frame before CONNECTED may have', () => {
    const { client } = house({
      limits: { unconnectedFrameBytes: 100 },
      authenticate: () => new Promise(() => undefined),
    });
    const one = client();
    one.send('CONNECT\naccept-version:1.2\n\n\0');
    one.send('x'.repeat(100));
    expect(one.isPausedByServer).toBe(false);
    one.send('x');
    expect(one.isPausedByServer).toBe(true);
  });

  test('has to come first', () => {
    const { client, events } = house();
    const one = client();
    one.send('SEND\ndestination:/topic/a\n\nx\0');
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_NOT_CONNECTED');
    expect(events).toEqual(['refused ERR_STOMP_NOT_CONNECTED']);
  });

  test('may come once only', () => {
    const { client, events } = house();
    client().connect().send('CONNECT\naccept-version:1.2\n\n\0');
    expect(events).toEqual(['connect', 'connected', 'disconnected protocol']);
  });

  test('has to come within connectMs', () => {
    const { client, clock, events } = house({ limits: { connectMs: 500 } });
    const one = client();
    one.send('\n');
    clock.advance(499);
    expect(one.closed).toBeUndefined();
    clock.advance(1);
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_CONNECT_TIMEOUT');
    expect(events).toEqual(['refused ERR_STOMP_CONNECT_TIMEOUT']);
    expect(clock.timers).toBe(0);
  });

  test('has a smaller frame limit than what follows', () => {
    const { client } = house({ limits: { unconnectedFrameBytes: 40, frameBodyBytes: 100 } });
    const one = client();
    one.send(`CONNECT\naccept-version:1.2\nx:${'y'.repeat(40)}\n\n\0`);
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_FRAME_TOO_LARGE');
    const two = client();
    two.send('CONNECT\naccept-version:1.2\n\n\0');
    two.send(`SEND\ndestination:/topic/a\nreceipt:1\n\n${'y'.repeat(100)}\0`);
    expect(two.heard).toEqual(['CONNECTED', 'RECEIPT:1']);
    two.send(`SEND\ndestination:/topic/a\nreceipt:1\n\n${'y'.repeat(101)}\0`);
    expect(two.frames[2]?.headers.get('code')).toBe('ERR_STOMP_BODY_TOO_LARGE');
  });

  test.each([
    ['sessions', { sessions: 2 }],
    ['sessionsPerAddress', { sessionsPerAddress: 2 }],
  ])('is refused above the limit %s, and the client may come back', (_name, limits) => {
    const { client, events } = house({ limits });
    const [one, two, three] = [client(), client(), client()];
    one.connect();
    two.connect();
    expect(three.closed?.code).toBe(1013);
    expect(three.frames[0]?.headers.get('reconnect')).toBe('true');
    expect(events.at(-1)).toBe('connected');
    two.drop();
    expect(client().connect().closed).toBeUndefined();
  });

  test('is refused above the limit sessionsPerUser', () => {
    const { client } = house({
      limits: { sessionsPerUser: 1 },
      authenticate: ({ login }) => ({ name: login ?? '' }),
    });
    const one = client().connect('login:kim\n');
    expect(client().connect('login:lee\n').closed).toBeUndefined();
    expect(client().connect('login:kim\n').closed?.code).toBe(1013);
    one.send('DISCONNECT\n\n\0');
    expect(client().connect('login:kim\n').closed).toBeUndefined();
  });
});

describe('the end of a session', () => {
  test.each([
    ['DISCONNECT with a receipt', 'client', 1000],
    ['DISCONNECT without', 'client', 1000],
    ['the socket', 'socket', undefined],
    ['the transport’s own protocol', 'protocol', 1002],
    ['silence', 'heartbeat', 1002],
    ['a bad frame', 'protocol', 1002],
    ['an operator', 'kicked', 4409],
    ['a forbidden destination', 'forbidden', 4403],
    ['expiry', 'auth-expired', 4401],
    ['slow reading', 'slow', 4408],
    ['shutdown', 'shutdown', 1001],
  ])('by %s: one connect, one disconnect, reason %s, close %s, all in order', (way, reason, code) => {
    const { client, clock, stomp, events, errors } = house({
      authenticate: () => ({ name: 'kim', expiresAtMs: clockStart + 60_000 }),
      authorize: ({ destination }) => destination !== '/topic/secret',
    });
    const lines: string[] = [];
    stomp.clientInboundChannel.use(sessionLog(lines));
    const one = client().connect('heart-beat:1000,0\n');
    one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0SUBSCRIBE\nid:1\ndestination:/topic/b\n\n\0');
    const session = [...stomp.sessions.values()][0];
    const ways: Record<string, () => unknown> = {
      'DISCONNECT with a receipt': () => one.send('DISCONNECT\nreceipt:bye\n\n\0'),
      'DISCONNECT without': () => one.send('DISCONNECT\n\n\0'),
      'the socket': () => one.drop(),
      'the transport’s own protocol': () => one.drop(new Error('Max payload size exceeded')),
      silence: () => clock.advance(30_000),
      'a bad frame': () => one.send('SEND\nfoo\n\n\0'),
      'an operator': () => session?.close(),
      'a forbidden destination': () => one.send('SUBSCRIBE\nid:2\ndestination:/topic/secret\n\n\0'),
      expiry: () => {
        for (let second = 0; second < 60; second += 1) {
          one.send('\n');
          clock.advance(1_000);
        }
      },
      'slow reading': () => {
        one.stall();
        stomp.publish('/topic/a', 'x');
        for (let second = 0; second < 10; second += 1) {
          one.send('\n');
          clock.advance(1_000);
        }
        one.read();
      },
      shutdown: () => void stomp.close(),
    };
    ways[way]?.();
    one.drop();
    session?.close();
    clock.advance(120_000);
    expect(lines).toEqual(['connect kim 192.0.2.1', `disconnect kim 192.0.2.1 ${reason}`]);
    expect(events).toEqual([
      'connect',
      'connected',
      'subscribed 0',
      'subscribed 1',
      'unsubscribed 0',
      'unsubscribed 1',
      `disconnected ${reason}`,
    ]);
    expect(one.closed?.code).toBe(code);
    expect(stomp.sessions.size).toBe(0);
    expect(stomp.stats()).toMatchObject({ sessions: { open: 0, connected: 0, total: 1 }, subscriptions: 0 });
    expect(clock.timers).toBe(0);
    expect(errors).toEqual([]);
  });

  const clockStart = 1_000_000;

  test('a DISCONNECT gets its RECEIPT before the close, after all before it', () => {
    const one = house().client().connect();
    one.send('SEND\ndestination:/topic/a\nreceipt:1\n\nx\0DISCONNECT\nreceipt:2\n\n\0');
    expect(one.heard).toEqual(['RECEIPT:1', 'RECEIPT:2']);
    expect(one.closed?.code).toBe(1000);
  });

  test.each([
    ['drops it', () => null],
    [
      'throws on it',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects it later', () => Promise.reject(new Error('no'))],
  ])('goes on where an interceptor %s', async (_name, answer) => {
    const { client, events, stomp } = house();
    stomp.clientInboundChannel.use({
      preSend: ({ command }) => (command === 'DISCONNECT' ? answer() : undefined),
    });
    const one = client().connect();
    one.send('DISCONNECT\nreceipt:bye\n\n\0');
    await eventually(() => expect(events).toEqual(['connect', 'connected', 'disconnected client']));
    expect(one.heard).toEqual(['RECEIPT:bye']);
  });

  test('frames that arrived before the socket went are still processed, then DISCONNECT', async () => {
    const { client, events, stomp } = house();
    const seen: string[] = [];
    stomp.clientInboundChannel.use({
      async preSend({ command }) {
        seen.push(command);
        await Promise.resolve();
      },
    });
    const one = client();
    one.send(
      'CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/topic/a\n\n1\0SEND\ndestination:/topic/a\n\n2\0',
    );
    one.drop();
    await eventually(() => expect(events).toEqual(['connect', 'connected', 'disconnected socket']));
    expect(seen).toEqual(['CONNECT', 'SEND', 'SEND', 'DISCONNECT']);
  });

  test('a kick while a hook waits closes at once and disconnects when the hook is done', async () => {
    const { client, events, stomp } = house();
    let release: () => void = () => undefined;
    stomp.clientInboundChannel.use({
      preSend: ({ command }) =>
        command === 'SEND'
          ? new Promise<undefined>((resolve) => {
              release = () => resolve(undefined);
            })
          : undefined,
    });
    const one = client().connect();
    one.send('SEND\ndestination:/topic/a\n\nx\0');
    [...stomp.sessions.values()][0]?.close('kicked', 'out');
    expect(one.frames[0]?.headers.get('message')).toBe('out');
    expect(events).toEqual(['connect', 'connected']);
    release();
    await eventually(() => expect(events.at(-1)).toBe('disconnected kicked'));
  });

  test('by a listener of connect comes before CONNECTED, and is complete', () => {
    const { client, clock, stomp, events } = house();
    stomp.on('connect', ({ session }) => session.close('forbidden'));
    const one = client();
    one.send('CONNECT\naccept-version:1.2\nheart-beat:1000,1000\n\n\0');
    expect(one.heard).toEqual(['ERROR']);
    expect(events).toEqual(['connect', 'disconnected forbidden']);
    expect(clock.timers).toBe(0);
  });

  test('a client that is never connected leaves no trace but its refusal', () => {
    const { client, events, stomp } = house();
    const lines: string[] = [];
    stomp.clientInboundChannel.use(sessionLog(lines));
    client().drop();
    client().send('FOO\n\n\0');
    expect(lines).toEqual([]);
    expect(events).toEqual(['refused ERR_STOMP_COMMAND_UNKNOWN']);
  });
});

describe('ERROR', () => {
  test('tells message, code, reconnect, receipt-id and a text body', () => {
    const one = house().client().connect();
    one.send('SEND\nreceipt:7\n\nx\0');
    const { headers, body } = one.frames[0] ?? {};
    expect(Object.fromEntries(headers ?? [])).toEqual({
      message: 'Missing destination',
      code: 'ERR_STOMP_HEADER_MISSING',
      reconnect: 'false',
      'content-type': 'text/plain',
      'receipt-id': '7',
      'content-length': '41',
    });
    expect(Buffer.from(body ?? '').toString()).toBe("SEND must include a 'destination' header\n");
  });

  test('hides what an interceptor threw by accident, and reports it', () => {
    const { client, stomp, errors } = house();
    stomp.clientInboundChannel.use({
      preSend({ command }) {
        if (command === 'SEND') throw new Error('password of db is hunter2');
      },
    });
    const one = client().connect();
    one.send('SEND\ndestination:/topic/a\n\nx\0');
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_INTERNAL');
    expect(Buffer.from(one.writes.at(-1) ?? '').toString()).not.toContain('hunter2');
    expect(errors).toHaveLength(1);
  });

  test('carries what an interceptor says with a StompError, and ends with its reason', () => {
    const { client, stomp, events } = house();
    stomp.clientInboundChannel.use({
      preSend({ command }) {
        if (command !== 'SEND') return;
        throw new StompError('not you', { reason: 'forbidden', code: 'NOT_YOU', details: 'Ask Kim.' });
      },
    });
    const one = client().connect();
    one.send('SEND\ndestination:/topic/a\n\nx\0');
    expect(one.frames[0]?.headers.get('code')).toBe('NOT_YOU');
    expect(Buffer.from(one.frames[0]?.body ?? '').toString()).toBe('Ask Kim.\n');
    expect(events.at(-1)).toBe('disconnected forbidden');
  });

  test('of shutdown tells when to come back', async () => {
    const { client, stomp } = house();
    const one = client().connect();
    const closing = stomp.close();
    expect(stomp.close()).toBe(closing);
    await closing;
    expect(Number(one.frames[0]?.headers.get('reconnect-after'))).toBeGreaterThanOrEqual(1_000);
  });
});

describe('heart-beats', () => {
  test('are answered 0,0 to a client that did not speak of them', () => {
    const { client, clock } = house();
    const one = client();
    one.send('CONNECT\naccept-version:1.2\n\n\0');
    expect(one.frames[0]?.headers.get('heart-beat')).toBe('0,0');
    expect(clock.timers).toBe(0);
  });

  test('leave before the promised interval is over, and only where nothing else was written', () => {
    const { client, clock, stomp } = house({ heartbeat: [1_000, 0] });
    const one = client();
    one.send(
      'CONNECT\naccept-version:1.2\nheart-beat:0,500\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0',
    );
    expect(one.frames[0]?.headers.get('heart-beat')).toBe('1000,0');
    clock.advance(899);
    expect(one.beats).toBe(0);
    clock.advance(1);
    expect(one.beats).toBe(1);
    clock.advance(500);
    stomp.publish('/topic/a', 'x');
    clock.advance(899);
    expect(one.beats).toBe(1);
    clock.advance(1);
    expect(one.beats).toBe(2);
  });

  test('that do not come end the session after twice the interval; any octet counts', () => {
    const { client, clock, events } = house({ heartbeat: [0, 1_000] });
    const one = client().connect('heart-beat:1000,0\n');
    clock.advance(1_999);
    one.send('\n');
    clock.advance(1_999);
    expect(events.at(-1)).toBe('connected');
    clock.advance(1);
    expect(events.at(-1)).toBe('disconnected heartbeat');
    expect(one.frames[0]?.headers.get('reconnect')).toBe('true');
  });

  test('may be WebSocket pongs where pingIsLife is set', () => {
    const lives = (pingIsLife: boolean) => {
      const { client, clock, stomp } = house({ heartbeat: [0, 1_000], pingIsLife });
      const one = client().connect('heart-beat:1000,0\n');
      for (let index = 0; index < 5; index += 1) {
        clock.advance(1_000);
        one.pong();
      }
      return [stomp.sessions.size, one.pings > 0];
    };
    expect(lives(true)).toEqual([1, true]);
    expect(lives(false)).toEqual([0, false]);
  });
});
