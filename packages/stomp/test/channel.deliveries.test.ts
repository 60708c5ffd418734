import { type ChannelInterceptor, Message, MessageDeliveryError } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { Channel } from '../src/channel.ts';
import { house } from './support/memoryClient.ts';

// Spring's ExecutorChannelInterceptor has two hooks around each handler, beforeHandle and afterMessageHandled.
// Here a channel has one receiver, and the hooks that run once per delivery are those of
// clientOutboundChannel: preSend stands for beforeHandle, afterSendCompletion for afterMessageHandled.

const m = new Message({ command: 'MESSAGE', headers: new Map([['name', 'm']]) });
const m2 = new Message({ command: 'MESSAGE', headers: new Map([['name', 'm2']]) });
const boom = new Error('boom');
const boomThrower = () => {
  throw boom;
};

function setUp(own: Record<string, ChannelInterceptor> = {}, names = ['X', 'Y']) {
  const log: string[] = [];
  const reported: unknown[] = [];
  const channel = new Channel('clientOutboundChannel', (error) => reported.push(error));
  for (const name of names) channel.use(recorder(log, name, own[name]));
  const deliver = (message: Message) => log.push(`H(${nameOf(message)})`) > 0;
  return { channel, log, reported, deliver };
}

function recorder(log: string[], name: string, own: ChannelInterceptor = {}): ChannelInterceptor {
  return {
    preSend(message, on) {
      log.push(`${name}.before(${nameOf(message)})`);
      return own.preSend?.(message, on);
    },
    afterSendCompletion(message, on, sent, error) {
      log.push(`${name}.after(${nameOf(message)},${textOf(error)})`);
      return own.afterSendCompletion?.(message, on, sent, error);
    },
  };
}

function nameOf(message: Message): string {
  return message.headers.get('name') ?? message.text();
}

function textOf(error: unknown): string {
  if (error instanceof MessageDeliveryError) return `MDE<${textOf(error.cause)}>`;
  return error instanceof Error ? error.message : 'none';
}

describe('one delivery', () => {
  test('E1: all pass: before in list order, the receiver, after in reverse', () => {
    const { channel, log, deliver } = setUp();
    expect(channel.sendNow(m, deliver)).toBe(true);
    expect(log).toEqual(['X.before(m)', 'Y.before(m)', 'H(m)', 'Y.after(m,none)', 'X.after(m,none)']);
  });

  test('E2: null keeps it back; only those before it get after', () => {
    const { channel, log, deliver } = setUp({ Y: { preSend: () => null } }, ['X', 'Y', 'Z']);
    expect(channel.sendNow(m, deliver)).toBe(false);
    expect(log).toEqual(['X.before(m)', 'Y.before(m)', 'X.after(m,none)']);
  });

  test('E2b: unlike in Spring, those get the replacement where there was one', () => {
    const { channel, log, deliver } = setUp({ X: { preSend: () => m2 }, Y: { preSend: () => null } });
    channel.sendNow(m, deliver);
    expect(log).toEqual(['X.before(m)', 'Y.before(m2)', 'X.after(m2,none)']);
  });

  test('E3: what before throws reaches those before it as it is', () => {
    const { channel, log, deliver } = setUp({ Y: { preSend: boomThrower } });
    expect(() => channel.sendNow(m, deliver)).toThrow(MessageDeliveryError);
    expect(log).toEqual(['X.before(m)', 'Y.before(m)', 'X.after(m,boom)']);
  });

  test('E4: what the receiver throws reaches all after in reverse', () => {
    const { channel, log } = setUp();
    expect(() => channel.sendNow(m, boomThrower)).toThrow(MessageDeliveryError);
    expect(log.slice(2)).toEqual(['Y.after(m,MDE<boom>)', 'X.after(m,MDE<boom>)']);
  });

  test('E5: what after throws is reported; the others still run', () => {
    const { channel, log, reported, deliver } = setUp({ Y: { afterSendCompletion: boomThrower } });
    expect(channel.sendNow(m, deliver)).toBe(true);
    expect(log.slice(3)).toEqual(['Y.after(m,none)', 'X.after(m,none)']);
    expect(reported).toEqual([boom]);
  });

  test('E6: a replacement reaches the later ones, the receiver and all after', () => {
    const { channel, log, deliver } = setUp({ X: { preSend: () => m2 } });
    channel.sendNow(m, deliver);
    expect(log).toEqual(['X.before(m)', 'Y.before(m2)', 'H(m2)', 'Y.after(m2,none)', 'X.after(m2,none)']);
  });

  test('E7: unlike in Spring, one that was taken out gets nothing more', () => {
    const { channel, log, deliver } = setUp({}, ['X']);
    const undo = channel.use(recorder(log, 'gone'));
    undo();
    channel.sendNow(m, deliver);
    expect(log).toEqual(['X.before(m)', 'H(m)', 'X.after(m,none)']);
  });

  test('E8: unlike in Spring, there is one list, so that all hooks keep one order', () => {
    const log: string[] = [];
    const { channel, deliver } = setUp({}, []);
    const hooks = ['preSend', 'postSend', 'preReceive', 'postReceive'] as const;
    for (const name of ['Y', 'X']) {
      channel.use(Object.fromEntries(hooks.map((hook) => [hook, () => void log.push(`${name}.${hook}`)])));
    }
    channel.sendNow(m, deliver);
    channel.receive(
      () => m,
      () => undefined,
    );
    expect(log).toEqual(hooks.flatMap((hook) => [`Y.${hook}`, `X.${hook}`]));
  });
});

describe('the deliveries of one publication', () => {
  function twoSubscribers() {
    const { stomp, client, errors } = house();
    const [one, two] = [client('192.0.2.1').connect(), client('192.0.2.2').connect()];
    for (const each of [one, two]) each.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
    const log: string[] = [];
    stomp.brokerChannel.use({
      postSend: (_message, _channel, sent) => void log.push(`published ${sent}`),
    });
    return { stomp, one, two, errors, log };
  }

  test('S15: unlike in Spring, one that fails stops no other, and the publication was sent', () => {
    const { stomp, one, two, errors, log } = twoSubscribers();
    stomp.clientOutboundChannel.use({
      preSend({ session }) {
        if (session?.remoteAddress === '192.0.2.1') throw boom;
      },
    });
    stomp.publish('/topic/a', 'x');
    expect([one.heard, two.heard]).toEqual([[], ['MESSAGE:x']]);
    expect(log).toEqual(['published true']);
    expect(errors).toMatchObject([{ cause: boom }]);
  });

  test('S16: each has its own round of hooks, and the publication one', () => {
    const { stomp, log } = twoSubscribers();
    for (const name of ['X', 'Y']) stomp.clientOutboundChannel.use(recorder(log, name));
    stomp.publish('/topic/a', 'x');
    const round = ['X.before(x)', 'Y.before(x)', 'Y.after(x,none)', 'X.after(x,none)'];
    expect(log).toEqual([...round, ...round, 'published true']);
  });

  test('E2: null for one of them keeps back that one only', () => {
    const { stomp, one, two, log } = twoSubscribers();
    stomp.clientOutboundChannel.use({
      preSend: ({ session }) => (session?.remoteAddress === '192.0.2.1' ? null : undefined),
    });
    stomp.publish('/topic/a', 'x');
    expect([one.heard, two.heard]).toEqual([[], ['MESSAGE:x']]);
    expect(log).toEqual(['published true']);
  });
});
