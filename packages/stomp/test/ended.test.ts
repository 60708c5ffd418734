import type { ChannelInterceptor } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const send = 'SEND\ndestination:/topic/a\n\nx\0';

/** Lets everything that waits for a promise go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets each SEND wait until `release`, and tells what became of it. */
function gate(outcomes: string[], name: string): ChannelInterceptor & { release(): void } {
  let release: () => void = () => undefined;
  return {
    preSend: ({ command }) =>
      command === 'SEND'
        ? new Promise<undefined>((resolve) => {
            release = () => resolve(undefined);
          })
        : undefined,
    postSend({ command }, _channel, sent) {
      if (command === 'SEND') outcomes.push(`${name} ${sent}`);
    },
    release: () => release(),
  };
}

describe('a SEND that waits when its session is kicked', () => {
  test('at a hook of clientInboundChannel is not published: postSend sees sent=false', async () => {
    const { client, stomp, events, errors } = house();
    const outcomes: string[] = [];
    const inbound = gate(outcomes, 'inbound');
    stomp.clientInboundChannel.use(inbound);
    const other = client().connect();
    other.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
    const one = client().connect();
    one.send(send);
    [...stomp.sessions.values()][1]?.close();
    inbound.release();
    await eventually(() => expect(events.at(-1)).toBe('disconnected kicked'));
    expect([outcomes, other.heard, errors]).toEqual([['inbound false'], [], []]);
    expect(stomp.stats().messages.published).toBe(0);
  });

  test('at a hook of brokerChannel is not published either', async () => {
    const { client, stomp, events } = house();
    const outcomes: string[] = [];
    const broker = gate(outcomes, 'broker');
    stomp.brokerChannel.use(broker);
    const one = client().connect();
    one.send(send);
    [...stomp.sessions.values()][0]?.close();
    broker.release();
    await eventually(() => expect(events.at(-1)).toBe('disconnected kicked'));
    expect(outcomes).toEqual(['broker false']);
    expect(stomp.stats().messages.published).toBe(0);
  });

  test('at authorize is not published either, nor handled: postSend sees sent=false', async () => {
    const answers: ((isAllowed: boolean) => void)[] = [];
    const { client, stomp, events } = house({
      authorize: () => new Promise<boolean>((resolve) => answers.push(resolve)),
    });
    const handled: string[] = [];
    const outcomes: string[] = [];
    stomp.clientInboundChannel.use({
      postSend({ command }, _channel, sent) {
        if (command !== 'CONNECT') outcomes.push(`${command} ${sent}`);
      },
    });
    stomp.handle('/app/a', (message) => void handled.push(message.text()));
    const [one, two, three] = [client().connect(), client().connect(), client().connect()];
    one.send(send);
    two.send('SEND\ndestination:/app/a\n\nx\0');
    three.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
    for (const session of stomp.sessions.values()) session.close();
    for (const answer of answers) answer(true);
    await eventually(() => expect(events.filter((each) => each === 'disconnected kicked')).toHaveLength(3));
    expect([handled, stomp.stats().messages.published]).toEqual([[], 0]);
    expect(events.some((each) => each.startsWith('subscribed'))).toBe(false);
    const dropped = outcomes.filter((each) => !each.startsWith('DISCONNECT'));
    expect(dropped).toEqual(['SEND false', 'SEND false', 'SUBSCRIBE false']);
  });
});

test('a SEND whose client is gone without DISCONNECT is published: it was sent in time', async () => {
  const { client, stomp, events } = house();
  const outcomes: string[] = [];
  const inbound = gate(outcomes, 'inbound');
  stomp.clientInboundChannel.use(inbound);
  const one = client().connect();
  one.send(send);
  one.drop();
  inbound.release();
  await eventually(() => expect(events.at(-1)).toBe('disconnected socket'));
  expect([outcomes, stomp.stats().messages.published]).toEqual([['inbound true'], 1]);
});

test('what is published between a kick and the end of its hooks is not sent to it, and not counted', async () => {
  const { client, stomp, events } = house();
  let release: () => void = () => undefined;
  stomp.clientInboundChannel.use({
    preSend: ({ command }) =>
      command === 'DISCONNECT'
        ? new Promise<undefined>((resolve) => {
            release = () => resolve(undefined);
          })
        : undefined,
  });
  const outcomes: string[] = [];
  const one = client().connect();
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  [...stomp.sessions.values()][0]?.close();
  stomp.clientOutboundChannel.use({
    postSend: ({ command }, _channel, sent) => void outcomes.push(`${command} ${sent}`),
  });
  stomp.publish('/topic/a', 'x');
  release();
  await settle();
  expect(events.at(-1)).toBe('disconnected kicked');
  expect(outcomes.filter((each) => each !== 'MESSAGE false')).toEqual([]);
  expect(stomp.stats().messages.delivered).toBe(0);
});

test('a RECEIPT for a session that has ended is not sent: postSend sees sent=false', async () => {
  const { client, stomp, events } = house();
  const outcomes: string[] = [];
  stomp.clientOutboundChannel.use({
    postSend: ({ command }, _channel, sent) => void outcomes.push(`${command} ${sent}`),
  });
  let release: () => void = () => undefined;
  stomp.handle('/app/a', () => new Promise<void>((resolve) => (release = resolve)));
  const one = client().connect();
  one.send('SEND\ndestination:/app/a\nreceipt:1\n\nx\0');
  [...stomp.sessions.values()][0]?.close();
  release();
  await eventually(() => expect(events.at(-1)).toBe('disconnected kicked'));
  expect(outcomes).toEqual(['CONNECTED true', 'ERROR true', 'RECEIPT false']);
});
