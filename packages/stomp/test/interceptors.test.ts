import { type ChannelInterceptor, type Message, StompError } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0';
const send = (body: string) => `SEND\ndestination:/topic/a\n\n${body}\0`;
const credentials = 'CONNECT\naccept-version:1.2\nlogin:kim\n\n\0';

/** Notes what preSend gets to see: command, destination, user, and whether there is a session. */
function witness(seen: string[]): ChannelInterceptor {
  return {
    preSend({ command, destination, user, session, reason }) {
      const who = `${user?.name ?? 'nobody'}${session ? ` from ${session.remoteAddress}` : ''}`;
      seen.push([command, destination, who, reason].filter(Boolean).join(' '));
    },
  };
}

describe('what an interceptor can see', () => {
  test('on clientInboundChannel: each client frame with its session and user, and one DISCONNECT with its reason', () => {
    const { stomp, client } = house({ authenticate: ({ login }) => ({ name: `${login}` }) });
    const seen: string[] = [];
    stomp.clientInboundChannel.use(witness(seen));
    const one = client();
    one.send(`${credentials}\n\n${subscribe}\n${send('x')}UNSUBSCRIBE\nid:0\n\n\0`);
    one.drop();
    expect(seen).toEqual([
      'CONNECT kim from 192.0.2.1',
      'SUBSCRIBE /topic/a kim from 192.0.2.1',
      'SEND /topic/a kim from 192.0.2.1',
      'UNSUBSCRIBE kim from 192.0.2.1',
      'DISCONNECT kim from 192.0.2.1 socket',
    ]);
  });

  test('on brokerChannel: what is published, from clients with their session, from the application without', () => {
    const { stomp, client } = house();
    const seen: string[] = [];
    stomp.brokerChannel.use(witness(seen));
    client().connect().send(send('x'));
    stomp.publish('/topic/b', 'y');
    expect(seen).toEqual(['SEND /topic/a nobody from 192.0.2.1', 'SEND /topic/b nobody']);
  });

  test('on clientOutboundChannel: each frame to a client, with the session that it goes to', () => {
    const { stomp, client } = house();
    const seen: string[] = [];
    stomp.clientOutboundChannel.use(witness(seen));
    const one = client();
    one.send(`CONNECT\naccept-version:1.2\n\n\0${subscribe}${send('x')}`);
    one.send('UNSUBSCRIBE\nid:0\nreceipt:r\n\n\0SEND\n\n\0');
    expect(seen).toEqual([
      'CONNECTED nobody from 192.0.2.1',
      'MESSAGE /topic/a nobody from 192.0.2.1',
      'RECEIPT nobody from 192.0.2.1',
      'ERROR nobody from 192.0.2.1',
    ]);
  });

  test('attributes stay with the session, for whoever looks later', () => {
    const { stomp, client } = house();
    stomp.clientInboundChannel.use({
      preSend({ command, session }) {
        if (command === 'CONNECT') session?.attributes.set('seat', 7);
        if (command === 'SEND') expect(session?.attributes.get('seat')).toBe(7);
      },
    });
    const one = client().connect();
    one.send(send('x'));
    expect(one.closed).toBeUndefined();
    expect.assertions(2);
  });
});

describe('hooks of clientInboundChannel that wait', () => {
  /** Lets a test decide when preSend of each SEND is through. */
  function gate() {
    const releases: ((message?: Message) => void)[] = [];
    const interceptor: ChannelInterceptor = {
      preSend: ({ command }) =>
        command === 'SEND'
          ? new Promise<Message | undefined>((resolve) => releases.push(resolve))
          : undefined,
    };
    return { interceptor, releases };
  }

  test('keep the frames of their session in order and delay no other session', async () => {
    const { stomp, client } = house();
    const { interceptor, releases } = gate();
    stomp.clientInboundChannel.use(interceptor);
    const [one, two] = [client().connect(), client().connect()];
    one.send(`${send('1')}${subscribe}`);
    two.send(subscribe);
    expect(stomp.stats().subscriptions).toBe(1);
    stomp.publish('/topic/a', '0');
    releases[0]?.();
    await eventually(() => expect(stomp.stats().subscriptions).toBe(2));
    expect([one.heard, two.heard]).toEqual([[], ['MESSAGE:0', 'MESSAGE:1']]);
  });

  test('may replace or refuse in the end, as hooks that do not wait', async () => {
    const { stomp, client, events } = house();
    stomp.clientInboundChannel.use({
      async preSend(message) {
        await Promise.resolve();
        if (message.text() === 'bad') throw new StompError('no', { reason: 'forbidden' });
        return message.command === 'SEND' ? message.with({ body: 'other' }) : undefined;
      },
    });
    const one = client();
    one.send(`CONNECT\naccept-version:1.2\n\n\0${subscribe}${send('x')}${send('bad')}${send('y')}`);
    await eventually(() => expect(events.at(-1)).toBe('disconnected forbidden'));
    expect(one.heard).toEqual(['CONNECTED', 'MESSAGE:other', 'ERROR']);
  });

  test('in postSend hold up the next frame, not the answer to their own', async () => {
    const { stomp, client } = house();
    const seen: string[] = [];
    stomp.clientInboundChannel.use({
      async postSend({ command }) {
        await Promise.resolve();
        seen.push(command);
      },
    });
    const one = client();
    one.send('CONNECT\naccept-version:1.2\n\n\0SEND\ndestination:/topic/a\nreceipt:1\n\nx\0');
    expect(one.heard).toEqual(['CONNECTED']);
    await eventually(() => expect(one.heard).toEqual(['CONNECTED', 'RECEIPT:1']));
    expect(seen[0]).toBe('CONNECT');
  });

  test('on brokerChannel hold up the session that sent, and what the application publishes keeps its order', async () => {
    const { stomp, client } = house();
    const one = client().connect();
    one.send(subscribe);
    stomp.brokerChannel.use({
      preSend: (message) => (message.text() === 'slow' ? Promise.resolve(undefined) : undefined),
    });
    stomp.publish('/topic/a', 'slow');
    stomp.publish('/topic/a', 'quick');
    await eventually(() => expect(one.heard).toEqual(['MESSAGE:slow', 'MESSAGE:quick']));
  });

  test('on clientOutboundChannel are refused: the message is lost and the application told', () => {
    const { stomp, client, errors } = house();
    const one = client().connect();
    one.send(subscribe);
    stomp.clientOutboundChannel.use({ preSend: () => Promise.resolve(undefined) });
    stomp.publish('/topic/a', 'x');
    expect(one.heard).toEqual([]);
    expect(errors).toMatchObject([{ cause: { name: 'TypeError' } }]);
  });
});

describe('a user that an interceptor sets', () => {
  test('on CONNECT is the session’s from the event connect on, whatever authenticate said, also later', async () => {
    const { stomp, client } = house({ authenticate: () => ({ name: 'kim' }) });
    const names: string[] = [];
    stomp.on('connect', ({ session }) => names.push(`connect ${session.user?.name}`));
    stomp.clientInboundChannel.use({
      async preSend(message) {
        await Promise.resolve();
        return message.command === 'CONNECT' ? message.with({ user: { name: 'lee' } }) : undefined;
      },
      postSend: ({ command, user }) => void names.push(`${command} ${user?.name}`),
    });
    const one = client();
    one.send(`${credentials}${send('x')}`);
    one.drop();
    await eventually(() => expect(names.at(-1)).toBe('DISCONNECT lee'));
    expect(names).toEqual(['connect lee', 'CONNECT lee', 'SEND lee', 'DISCONNECT lee']);
    expect(one.frames[0]?.headers.get('user-name')).toBe('lee');
  });

  test('on CONNECT counts against sessionsPerUser and expires', () => {
    const { stomp, client, clock, events } = house({ limits: { sessionsPerUser: 1 } });
    const expiresAtMs = clock.now() + 60_000;
    stomp.clientInboundChannel.use({
      preSend: (message) =>
        message.command === 'CONNECT' ? message.with({ user: { name: 'lee', expiresAtMs } }) : undefined,
    });
    client().connect();
    expect(client().connect().closed?.code).toBe(1013);
    clock.advance(60_000);
    expect(events.at(-1)).toBe('disconnected auth-expired');
  });

  test('on another command is that message’s only', () => {
    const { stomp, client } = house();
    stomp.clientInboundChannel.use({
      preSend: (message) =>
        message.command === 'SEND' ? message.with({ user: { name: 'once' } }) : undefined,
    });
    const seen: string[] = [];
    stomp.brokerChannel.use(witness(seen));
    client().connect().send(send('x'));
    expect(seen).toEqual(['SEND /topic/a once from 192.0.2.1']);
    expect([...stomp.sessions.values()][0]?.user).toBeUndefined();
  });
});

test.each(['1.0', '1.1', '1.2'])(
  'a reply in %s is the same whether it is made of its headers or at once',
  (version) => {
    const replies = (isTakenApart: boolean) => {
      const { stomp, client } = house({ authenticate: ({ login = '' }) => ({ name: login }) });
      if (isTakenApart) stomp.clientOutboundChannel.use({ preSend: (message) => message.with({}) });
      const one = client();
      one.send(`CONNECT\naccept-version:${version}\nlogin:kim\\\n\n\0`);
      one.sendFrame('SUBSCRIBE', { id: 'a', destination: '/topic/a', receipt: 'r1' });
      const id = [...stomp.sessions.keys()][0] ?? '';
      return one.writes.map((bytes) => Buffer.from(bytes).toString().replace(id, 'id'));
    };
    expect(replies(true)).toEqual(replies(false));
    expect(replies(false)).toEqual([
      `CONNECTED\nversion:${version}\nheart-beat:0,0\nsession:id\nserver:hostcast-stomp\nuser-name:kim\\\n\n\0`,
      'RECEIPT\nreceipt-id:r1\n\n\0',
    ]);
  },
);
