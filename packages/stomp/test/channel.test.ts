import { type ChannelInterceptor, Message, MessageDeliveryError, StompError } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { Channel } from '../src/channel.ts';

const m = new Message({ command: 'SEND', headers: new Map([['name', 'm']]) });
const m2 = new Message({ command: 'SEND', headers: new Map([['name', 'm2']]) });

const nameOf = (message: Message | null) => message?.headers.get('name') ?? 'null';

/** A channel with recording interceptors A, B, C, and the log they write to. */
function setUp(changes: Record<string, ChannelInterceptor> = {}, names = ['A', 'B', 'C'], isAsync = false) {
  const log: string[] = [];
  const reported: unknown[] = [];
  const channel = new Channel('testChannel', (error) => reported.push(error));
  const later = <T>(value: T) => (isAsync ? Promise.resolve(value) : value);
  for (const name of names) {
    const own = changes[name] ?? {};
    channel.use({
      preSend(message, on) {
        log.push(`${name}.pre(${nameOf(message)})`);
        return own.preSend ? own.preSend(message, on) : later(message);
      },
      postSend(message, on, sent) {
        log.push(`${name}.post(${nameOf(message)},${sent})`);
        return own.postSend ? own.postSend(message, on, sent) : later(undefined);
      },
      afterSendCompletion(message, on, sent, error) {
        log.push(`${name}.after(${nameOf(message)},${sent},${textOf(error)})`);
        return own.afterSendCompletion?.(message, on, sent, error);
      },
      preReceive(on, session) {
        log.push(`${name}.preR`);
        return own.preReceive?.(on, session);
      },
      postReceive(message, on) {
        log.push(`${name}.postR(${nameOf(message)})`);
        return own.postReceive?.(message, on);
      },
      afterReceiveCompletion(message, on, error) {
        log.push(`${name}.afterR(${nameOf(message)},${textOf(error)})`);
        return own.afterReceiveCompletion?.(message, on, error);
      },
    });
  }
  const deliver = (message: Message): boolean | undefined => {
    log.push(`H(${nameOf(message)})`);
    return true;
  };
  return { channel, log, reported, deliver };
}

function textOf(error: unknown): string {
  if (error === undefined) return 'none';
  if (error instanceof MessageDeliveryError) return `MDE<${textOf(error.cause)}>`;
  return error instanceof Error ? error.message : String(error);
}

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const boom = new Error('boom');
const boomThrower = () => {
  throw boom;
};

describe('send', () => {
  test('S1: preSend and postSend run in list order, afterSendCompletion in reverse', () => {
    const { channel, log, deliver } = setUp();
    expect(channel.send(m, deliver)).toBe(true);
    expect(log).toEqual([
      'A.pre(m)',
      'B.pre(m)',
      'C.pre(m)',
      'H(m)',
      'A.post(m,true)',
      'B.post(m,true)',
      'C.post(m,true)',
      'C.after(m,true,none)',
      'B.after(m,true,none)',
      'A.after(m,true,none)',
    ]);
  });

  test('S2: a message that nobody takes any interest in is sent all the same', () => {
    const { channel, log } = setUp({}, ['A']);
    expect(channel.send(m, () => undefined)).toBe(true);
    expect(log).toEqual(['A.pre(m)', 'A.post(m,true)', 'A.after(m,true,none)']);
  });

  test('S3: preSend null drops; only those before it get afterSendCompletion, nobody postSend', () => {
    const { channel, log, deliver } = setUp({ B: { preSend: () => null } });
    expect(channel.send(m, deliver)).toBe(false);
    expect(log).toEqual(['A.pre(m)', 'B.pre(m)', 'A.after(m,false,none)']);
  });

  test('S4: where the first drops, nobody gets afterSendCompletion', () => {
    const { channel, log, deliver } = setUp({ A: { preSend: () => null } });
    expect(channel.send(m, deliver)).toBe(false);
    expect(log).toEqual(['A.pre(m)']);
  });

  test('S5: what preSend throws reaches those before it as it is, the sender wrapped', () => {
    const { channel, log, deliver } = setUp({ B: { preSend: boomThrower } });
    const error = thrown(() => channel.send(m, deliver));
    expect(error).toBeInstanceOf(MessageDeliveryError);
    expect(error).toMatchObject({ cause: boom });
    expect(log).toEqual(['A.pre(m)', 'B.pre(m)', 'A.after(m,false,boom)']);
  });

  test('S6: a StompError from preSend reaches the sender as it is', () => {
    const refusal = new StompError('bad token');
    const { channel, log, deliver } = setUp({
      B: {
        preSend() {
          throw refusal;
        },
      },
    });
    expect(thrown(() => channel.send(m, deliver))).toBe(refusal);
    expect(log).toEqual(['A.pre(m)', 'B.pre(m)', 'A.after(m,false,bad token)']);
  });

  test('S7: what the receiver throws is wrapped for all; no postSend', () => {
    const { channel, log } = setUp({}, ['A', 'B']);
    const error = thrown(() => channel.send(m, boomThrower));
    expect(textOf(error)).toBe('MDE<boom>');
    expect(log).toEqual(['A.pre(m)', 'B.pre(m)', 'B.after(m,false,MDE<boom>)', 'A.after(m,false,MDE<boom>)']);
  });

  test('S8: what postSend throws skips the later postSend; sent stays true', () => {
    const { channel, log, deliver } = setUp({ B: { postSend: boomThrower } });
    expect(textOf(thrown(() => channel.send(m, deliver)))).toBe('MDE<boom>');
    expect(log.slice(3)).toEqual([
      'H(m)',
      'A.post(m,true)',
      'B.post(m,true)',
      'C.after(m,true,boom)',
      'B.after(m,true,boom)',
      'A.after(m,true,boom)',
    ]);
  });

  test('S9: what afterSendCompletion throws is reported; the others still run', () => {
    const { channel, log, reported, deliver } = setUp({ B: { afterSendCompletion: boomThrower } });
    expect(channel.send(m, deliver)).toBe(true);
    expect(log.slice(7)).toEqual(['C.after(m,true,none)', 'B.after(m,true,none)', 'A.after(m,true,none)']);
    expect(reported).toEqual([boom]);
  });

  test('S10: a replacement reaches the later preSend, the receiver, and every later hook of all', () => {
    const { channel, log, deliver } = setUp({ B: { preSend: () => m2 } });
    expect(channel.send(m, deliver)).toBe(true);
    expect(log).toEqual([
      'A.pre(m)',
      'B.pre(m)',
      'C.pre(m2)',
      'H(m2)',
      'A.post(m2,true)',
      'B.post(m2,true)',
      'C.post(m2,true)',
      'C.after(m2,true,none)',
      'B.after(m2,true,none)',
      'A.after(m2,true,none)',
    ]);
  });

  test('S10b: a replacement that is then dropped reaches afterSendCompletion', () => {
    const { channel, log, deliver } = setUp({ B: { preSend: () => m2 }, C: { preSend: () => null } });
    expect(channel.send(m, deliver)).toBe(false);
    expect(log.slice(2)).toEqual(['C.pre(m2)', 'B.after(m2,false,none)', 'A.after(m2,false,none)']);
  });

  test('S10c: unlike in Spring, it does so where a later preSend throws, too', () => {
    const { channel, log, deliver } = setUp({ B: { preSend: () => m2 }, C: { preSend: boomThrower } });
    thrown(() => channel.send(m, deliver));
    expect(log.slice(2)).toEqual(['C.pre(m2)', 'B.after(m2,false,boom)', 'A.after(m2,false,boom)']);
  });

  test('S10d: and where the receiver throws', () => {
    const { channel, log } = setUp({ B: { preSend: () => m2 } });
    thrown(() => channel.send(m, boomThrower));
    expect(log.slice(3)).toEqual([
      'C.after(m2,false,MDE<boom>)',
      'B.after(m2,false,MDE<boom>)',
      'A.after(m2,false,MDE<boom>)',
    ]);
  });

  test('S11: something thrown that is no Error reaches hooks wrapped', () => {
    const { channel, log, deliver } = setUp({
      B: {
        preSend() {
          throw 'a string';
        },
      },
    });
    expect(textOf(thrown(() => channel.send(m, deliver)))).toBe('MDE<a string>');
    expect(log.slice(2)).toEqual(['A.after(m,false,MDE<a string>)']);
  });

  test('S12: where the receiver does not take the message, postSend is told', () => {
    const { channel, log } = setUp({}, ['A', 'B']);
    expect(channel.send(m, () => false)).toBe(false);
    expect(log).toEqual([
      'A.pre(m)',
      'B.pre(m)',
      'A.post(m,false)',
      'B.post(m,false)',
      'B.after(m,false,none)',
      'A.after(m,false,none)',
    ]);
  });

  test('S13: unlike in Spring, what a receiver throws later is not lost', async () => {
    const { channel, log } = setUp({}, ['A', 'B']);
    const error = await Promise.resolve(channel.send(m, () => Promise.reject(boom))).catch((each) => each);
    expect(textOf(error)).toBe('MDE<boom>');
    expect(log.slice(2)).toEqual(['B.after(m,false,MDE<boom>)', 'A.after(m,false,MDE<boom>)']);
  });

  test('S14: nor is what it throws at once, after hooks that have waited', async () => {
    const { channel, log } = setUp({}, ['A'], true);
    const error = await Promise.resolve(channel.send(m, boomThrower)).catch((each) => each);
    expect(textOf(error)).toBe('MDE<boom>');
    expect(log).toEqual(['A.pre(m)', 'A.after(m,false,MDE<boom>)']);
  });

  test('S17: unlike in Spring, one that takes itself out while a message passes disturbs nothing', () => {
    const { channel, log, deliver } = setUp({ B: { preSend: () => undo() } }, ['A', 'B']);
    const undo = channel.use({ preSend: () => void log.push('D.pre') });
    expect(channel.send(m, deliver)).toBe(true);
    expect(log.slice(0, 4)).toEqual(['A.pre(m)', 'B.pre(m)', 'D.pre', 'H(m)']);
    log.length = 0;
    expect(channel.send(m, deliver)).toBe(true);
    expect(log.slice(0, 3)).toEqual(['A.pre(m)', 'B.pre(m)', 'H(m)']);
  });

  test('S17b: unlike in Spring, the one after it is asked all the same', () => {
    const { channel, log, deliver } = setUp({}, []);
    const undo = channel.use({ preSend: () => undo(), postSend: () => void log.push('A.post') });
    channel.use({ preSend: () => void log.push('B.pre') });
    channel.send(m, deliver);
    expect(log).toEqual(['B.pre', 'H(m)', 'A.post']);
  });

  test('S18: sending nothing is a TypeError', () => {
    const { channel, log, deliver } = setUp();
    expect(() => Reflect.apply(channel.send, channel, [null, deliver])).toThrow(TypeError);
    expect(log).toEqual([]);
  });

  test('S19: one that is registered twice runs twice, and each undo takes one out', () => {
    const { channel, log, deliver } = setUp({}, []);
    const interceptor: ChannelInterceptor = { preSend: () => void log.push('pre') };
    channel.use(interceptor);
    const undo = channel.use(interceptor);
    channel.send(m, deliver);
    expect(log).toEqual(['pre', 'pre', 'H(m)']);
    undo();
    undo();
    channel.send(m, deliver);
    expect(log.slice(3)).toEqual(['pre', 'H(m)']);
  });

  test('hooks that wait keep the same order', async () => {
    const { channel, log, deliver } = setUp({}, ['A', 'B'], true);
    const sent = channel.send(m, deliver);
    expect(sent).toBeInstanceOf(Promise);
    expect(log).toEqual(['A.pre(m)']);
    expect(await sent).toBe(true);
    expect(log).toEqual([
      'A.pre(m)',
      'B.pre(m)',
      'H(m)',
      'A.post(m,true)',
      'B.post(m,true)',
      'B.after(m,true,none)',
      'A.after(m,true,none)',
    ]);
  });

  test('a promise that rejects is a throw', async () => {
    const { channel, log, deliver } = setUp({ B: { preSend: () => Promise.reject(boom) } });
    await expect(channel.send(m, deliver)).rejects.toMatchObject({ code: 'ERR_STOMP_DELIVERY', cause: boom });
    expect(log).toEqual(['A.pre(m)', 'B.pre(m)', 'A.after(m,false,boom)']);
  });

  test('where nothing may wait, a promise is a TypeError, and afterSendCompletion still runs', () => {
    const { channel, log, deliver } = setUp({ B: { preSend: () => Promise.resolve(m2) } });
    expect(thrown(() => channel.sendNow(m, deliver))).toMatchObject({ cause: expect.any(TypeError) });
    expect(log.at(-1)).toMatch(/^A\.after\(m,false,a hook preSend of testChannel returned a promise;/);
  });
});

describe('receive', () => {
  function receive(set: ReturnType<typeof setUp>, queue: Message[]) {
    const take = () => {
      set.log.push('take');
      return queue.shift() ?? null;
    };
    return set.channel.receive(take, (message) => set.log.push(`W(${nameOf(message)})`));
  }

  test('R1: preReceive, take, postReceive in list order, afterReceiveCompletion in reverse', () => {
    const set = setUp();
    expect(receive(set, [m])).toBe(m);
    expect(set.log).toEqual([
      'A.preR',
      'B.preR',
      'C.preR',
      'take',
      'A.postR(m)',
      'B.postR(m)',
      'C.postR(m)',
      'W(m)',
      'C.afterR(m,none)',
      'B.afterR(m,none)',
      'A.afterR(m,none)',
    ]);
  });

  test('R2: preReceive false takes nothing', () => {
    const set = setUp({ B: { preReceive: () => false } });
    const queue = [m];
    expect(receive(set, queue)).toBeNull();
    expect(set.log).toEqual(['A.preR', 'B.preR', 'A.afterR(null,none)']);
    expect(queue).toEqual([m]);
  });

  test('R3: where there is nothing to take, no postReceive', () => {
    const set = setUp({}, ['A', 'B']);
    expect(receive(set, [])).toBeNull();
    expect(set.log).toEqual(['A.preR', 'B.preR', 'take', 'B.afterR(null,none)', 'A.afterR(null,none)']);
  });

  test('R4: postReceive null loses the message; all get afterReceiveCompletion', () => {
    const set = setUp({ B: { postReceive: () => null } });
    expect(receive(set, [m])).toBeNull();
    expect(set.log.slice(4)).toEqual([
      'A.postR(m)',
      'B.postR(m)',
      'C.afterR(null,none)',
      'B.afterR(null,none)',
      'A.afterR(null,none)',
    ]);
  });

  test('R5: what preReceive throws is not wrapped; the message stays', () => {
    const set = setUp({ B: { preReceive: boomThrower } });
    const queue = [m];
    expect(thrown(() => receive(set, queue))).toBe(boom);
    expect(set.log).toEqual(['A.preR', 'B.preR', 'A.afterR(null,boom)']);
    expect(queue).toEqual([m]);
  });

  test('R6: what taking throws reaches all afterReceiveCompletion', () => {
    const { channel, log } = setUp({}, ['A', 'B']);
    expect(thrown(() => channel.receive(boomThrower, () => undefined))).toBe(boom);
    expect(log).toEqual(['A.preR', 'B.preR', 'B.afterR(null,boom)', 'A.afterR(null,boom)']);
  });

  test('R7: what postReceive throws loses the message', () => {
    const set = setUp({ B: { postReceive: boomThrower } });
    const queue = [m];
    expect(thrown(() => receive(set, queue))).toBe(boom);
    expect(set.log.slice(6)).toEqual(['C.afterR(null,boom)', 'B.afterR(null,boom)', 'A.afterR(null,boom)']);
    expect(queue).toEqual([]);
  });

  test('R8: a replacement reaches the later ones, the writer and all afterReceiveCompletion', () => {
    const set = setUp({ B: { postReceive: () => m2 } });
    expect(receive(set, [m])).toBe(m2);
    expect(set.log.slice(6)).toEqual([
      'C.postR(m2)',
      'W(m2)',
      'C.afterR(m2,none)',
      'B.afterR(m2,none)',
      'A.afterR(m2,none)',
    ]);
  });

  test('one that comes while a message is taken has nothing of it, and one that goes has all', () => {
    const { channel, log } = setUp({ A: { preReceive: () => void come() } }, ['A']);
    const come = () => {
      undo();
      channel.use({ postReceive: () => void log.push('new') });
    };
    const undo = channel.use({ postReceive: () => void log.push('old') });
    channel.receive(
      () => m,
      () => undefined,
    );
    expect(log).toEqual(['A.preR', 'A.postR(m)', 'old', 'A.afterR(m,none)']);
  });

  test('R9: what afterReceiveCompletion throws is reported; the others still run', () => {
    const set = setUp({ B: { afterReceiveCompletion: boomThrower } });
    expect(receive(set, [m])).toBe(m);
    expect(set.log.slice(8)).toEqual(['C.afterR(m,none)', 'B.afterR(m,none)', 'A.afterR(m,none)']);
    expect(set.reported).toEqual([boom]);
  });
});
