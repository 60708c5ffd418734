import { createStompServer } from '@hostcast/stomp';
import { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';
import { busyClock } from './support/busyClock.ts';
import { eventually } from './support/eventually.ts';
import { type House, house } from './support/memoryClient.ts';

const kept = { '/topic/**': { history: true } } as const;
const bodies = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `MESSAGE:${from + index}`);

function epochOf({ client }: House): string {
  const one = client().connect();
  one.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' });
  return one.frames[0]?.headers.get('epoch') ?? '';
}

/** What is counted of the session that holds most. */
function waitingBytes({ stomp }: House): number {
  return Math.max(...[...stomp.sessions.values()].map((each) => each.outboxBytes));
}

describe.each([
  ['of what is retained, to a pattern', '/topic/**', (index: number) => `/topic/${index}`],
  ['of a history', '/topic/a', () => '/topic/a'],
])('a long replay %s', (_name, destination, topicOf) => {
  test('is written a turn at a time: others come in between, and what follows comes after it', async () => {
    const stomp = createStompServer({ clock: busyClock(), destinations: kept });
    const [one, other] = [new MemoryClient(), new MemoryClient()];
    for (const each of [one, other]) {
      stomp.accept(each);
      each.connect();
    }
    other.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' });
    const epoch = other.frames[0]?.headers.get('epoch') ?? '';
    for (let index = 0; index < 600; index += 1) stomp.publish(topicOf(index), `${index}`);
    one.sendFrame('SUBSCRIBE', { id: '0', destination, receipt: 'r', epoch, seq: '0' });
    expect(one.heard.length).toBeLessThan(50);
    other.sendFrame('SEND', { destination: '/app/none', receipt: 'other' });
    stomp.publish('/topic/a', '600');
    await eventually(() => expect(one.heard).toHaveLength(602));
    expect(one.heard).toEqual([...bodies(0, 600), 'RECEIPT:r', 'MESSAGE:600']);
    await stomp.close();
  });

  test('is over with the session that it was for, and leaves no timer', async () => {
    const stomp = createStompServer({ clock: busyClock(), destinations: kept });
    const one = new MemoryClient();
    stomp.accept(one);
    one.connect();
    for (let index = 0; index < 600; index += 1) stomp.publish(topicOf(index), `${index}`);
    one.sendFrame('SUBSCRIBE', { id: '0', destination, epoch: 'e', seq: '0' });
    const heard = one.heard.length;
    one.sendFrame('DISCONNECT', { receipt: 'bye' });
    expect(one.heard.slice(heard)).toEqual(['RECEIPT:bye']);
    expect(stomp.sessions.size).toBe(0);
    await stomp.close();
  });
});

describe('a replay that waits for a client that has stopped reading', () => {
  const wait = (options: Parameters<typeof house>[0], destination = '/topic/**') => {
    const place = house(options);
    const epoch = epochOf(place);
    const { client, stomp } = place;
    for (let index = 0; index < 5; index += 1) stomp.publish('/topic/a', `a${index}${'x'.repeat(10_000)}`);
    for (let index = 0; index < 5; index += 1) stomp.publish(`/topic/${index}`, `${index}`);
    const one = client().connect();
    one.stall();
    const subscribe = () => one.sendFrame('SUBSCRIBE', { id: '0', destination, epoch, seq: '0' });
    return { ...place, one, subscribe };
  };
  const starts = ({ heard }: MemoryClient) => heard.map((each) => each.slice(8, 10));

  test('costs next to nothing as long as the broker keeps the messages, and the octets of those it drops', () => {
    const options = { destinations: kept, limits: { outboxBytes: 50_000, historyMessages: 12 } };
    const place = wait(options, '/topic/a');
    const { one, stomp, subscribe } = place;
    subscribe();
    // The wire has taken three.
    expect(waitingBytes(place) - one.pendingBytes).toBeLessThan(1_000);
    for (let index = 5; index < 9; index += 1) stomp.publish(`/topic/${index}`, `${index}`);
    // The first ones are gone from the history, and nobody needs them; then the fourth is only here.
    expect(waitingBytes(place) - one.pendingBytes).toBeLessThan(1_000);
    for (let index = 9; index < 11; index += 1) stomp.publish(`/topic/${index}`, `${index}`);
    expect(waitingBytes(place) - one.pendingBytes).toBeGreaterThan(10_000);
    one.read();
    expect(starts(one)).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
    expect(waitingBytes(place)).toBe(0);
  });

  test('ends a session with more than outboxBytes of messages that the broker has dropped', () => {
    const place = wait(
      { destinations: kept, limits: { outboxBytes: 21_000, historyMessages: 10 } },
      '/topic/a',
    );
    const { stomp, subscribe, events } = place;
    subscribe();
    for (let index = 5; index < 15; index += 1) stomp.publish(`/topic/${index}`, `${index}`);
    expect(events.at(-1)).toBe('disconnected slow');
  });

  test('has each message as it was, where a newer one follows', () => {
    const { one, stomp, subscribe } = wait({ destinations: { '/topic/**': { retain: true } } });
    stomp.publish('/topic/a', 'y'.repeat(70_000));
    subscribe();
    stomp.publish('/topic/2', 'new');
    one.read();
    expect(starts(one).toSorted()).toEqual(['0', '1', '2', '3', '4', 'ne', 'yy']);
    expect(starts(one).indexOf('2')).toBeLessThan(starts(one).indexOf('ne'));
  });

  test('has the newer one alone where the destination is conflated', () => {
    const { one, stomp, subscribe } = wait({
      destinations: { '/topic/**': { retain: true, slow: 'conflate' } },
    });
    for (const topic of ['/topic/a', ...Array.from({ length: 5 }, (_, index) => `/topic/${index}`)])
      stomp.publish(topic, 'y'.repeat(70_000));
    subscribe();
    stomp.publish('/topic/2', 'new');
    one.read();
    expect(starts(one)).toEqual(['yy', 'yy', 'yy', 'yy', 'yy', 'ne']);
  });

  test('leaves out what is retracted', () => {
    const { one, stomp, subscribe } = wait({ destinations: { '/topic/**': { retain: true } } });
    stomp.publish('/topic/0', 'y'.repeat(70_000));
    for (const topic of [1, 2, 3, 4, 'a']) stomp.publish(`/topic/${topic}`, `${topic}`);
    subscribe();
    stomp.retract('/topic/3');
    one.read();
    expect(starts(one)).toEqual(['yy', '1', '2', '4', 'a']);
  });

  test('has what went over retainedMessages meanwhile', () => {
    const options = { destinations: { '/topic/**': { retain: true } }, limits: { retainedMessages: 6 } };
    const { one, stomp, subscribe } = wait(options);
    stomp.publish('/topic/0', 'y'.repeat(70_000));
    for (const topic of [1, 2, 3, 4, 'a']) stomp.publish(`/topic/${topic}`, `${topic}`);
    subscribe();
    for (const topic of ['b', 'c', 'd']) stomp.publish(`/topic/${topic}`, topic);
    one.read();
    expect(starts(one).toSorted()).toEqual(['1', '2', '3', '4', 'a', 'b', 'c', 'd', 'yy']);
  });
});

describe('recovered', () => {
  const said = ({ frames }: MemoryClient) =>
    frames
      .filter(({ command }) => command === 'MESSAGE')
      .map(({ headers, body }) => `${new TextDecoder().decode(body)} ${headers.get('recovered') ?? '-'}`);

  test.each([
    ['retained', '/topic/*', ['1 false', 'more -']],
    ['missed', '/topic/a', ['1 true', 'more -']],
  ])('is said once where a hook publishes as the only %s message is sent', (_name, destination, expected) => {
    const place = house({ destinations: kept });
    const epoch = epochOf(place);
    place.stomp.publish('/topic/a', '1');
    const undo = place.stomp.clientOutboundChannel.use({
      preSend: ({ command }) => {
        if (command !== 'MESSAGE') return;
        undo();
        place.stomp.publish('/topic/a', 'more');
      },
    });
    const one = place.client().connect();
    one.sendFrame('SUBSCRIBE', { id: '0', destination, epoch, seq: '0' });
    expect(said(one)).toEqual(expected);
  });

  test.each(['preSend', 'postReceive'] as const)(
    'is said by the next message where %s keeps back the one that had to say it',
    (hook) => {
      const place = house({ destinations: kept });
      const epoch = epochOf(place);
      place.stomp.publish('/topic/a', '1');
      const one = place.client().connect();
      place.stomp.clientOutboundChannel.use({
        [hook]: (message: { text(): string }) => (message.text() === '1' ? null : undefined),
      });
      one.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a', epoch, seq: '0' });
      for (const body of ['2', '3']) place.stomp.publish('/topic/a', body);
      expect(said(one)).toEqual(['2 true', '3 -']);
    },
  );
});
