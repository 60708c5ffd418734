import { type FakeClock, MemoryClient } from '@hostcast/stomp/testing';
import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { house } from './support/memoryClient.ts';

const beating = 'heart-beat:1000,0\n';
const send = 'SEND\ndestination:/topic/a\n\nx\0';

/** A house whose inbound hook lets each SEND wait until `release`. */
function waiting() {
  const all = house({ heartbeat: [1_000, 1_000], limits: { webSocketMessageBytes: 100 } });
  const releases: (() => void)[] = [];
  all.stomp.clientInboundChannel.use({
    preSend: ({ command }) =>
      command === 'SEND'
        ? new Promise<undefined>((resolve) => releases.push(() => resolve(undefined)))
        : undefined,
  });
  return { ...all, release: () => releases.shift()?.() };
}

test('a client that we do not read, because a hook waits, is not silent', async () => {
  const { client, clock, events, release } = waiting();
  const one = client().connect(beating);
  one.send(send);
  one.send(`SEND\ndestination:/topic/a\n\n${'y'.repeat(100)}\0`);
  expect(one.isPausedByServer).toBe(true);
  clock.advance(60_000);
  expect(events).toEqual(['connect', 'connected']);
  release();
  await eventually(() => expect(one.isPausedByServer).toBe(false));
  clock.advance(1_999);
  expect(events).toEqual(['connect', 'connected']);
  clock.advance(1);
  release();
  await eventually(() => expect(events.at(-1)).toBe('disconnected heartbeat'));
});

test('a client that says nothing while a hook waits, although we read, is silent', async () => {
  const { client, clock, events, release } = waiting();
  const one = client().connect(beating);
  one.send(send);
  clock.advance(2_000);
  release();
  await eventually(() => expect(events.at(-1)).toBe('disconnected heartbeat'));
});

test('time in which this process did nothing is nobody’s silence', () => {
  const { client, clock, events } = house({ heartbeat: [1_000, 1_000] });
  const clients = Array.from({ length: 100 }, () => client().connect(beating));
  clock.advance(1_000);
  clock.block(30_000);
  clock.advance(500);
  expect(events).not.toContain('disconnected heartbeat');
  for (const each of clients) each.send('\n');
  clock.advance(1_000);
  expect(events).not.toContain('disconnected heartbeat');
  clock.advance(2_000);
  expect(events.filter((event) => event === 'disconnected heartbeat')).toHaveLength(100);
  expect(clock.timers).toBe(0);
});

test('nor does it take from the time that a client has to connect', () => {
  const { client, clock, events } = house();
  const one = client();
  clock.advance(9_000);
  clock.block(30_000);
  clock.advance(500);
  one.connect();
  expect(events).toEqual(['connect', 'connected']);
});

test('nor from the time that it has to read', () => {
  const { client, clock, events, stomp } = house();
  const one = client().connect();
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  one.stall();
  stomp.publish('/topic/a', 'x');
  clock.advance(5_000);
  clock.block(30_000);
  clock.advance(4_000);
  expect(events.at(-1)).toBe('subscribed 0');
  clock.advance(6_000);
  one.read();
  expect(events.at(-1)).toBe('disconnected slow');
});

/** How many beats come in each of the next slices of 100 ms. */
function beatsPerSlice(clients: { readonly beats: number }[], clock: FakeClock, slices: number): number[] {
  const total = () => clients.reduce((sum, { beats }) => sum + beats, 0);
  return Array.from({ length: slices }, () => {
    const before = total();
    clock.advance(100);
    return total() - before;
  });
}

test('a crowd that was written to at once does not beat at once, and nobody late', () => {
  const { client, clock, stomp } = house({
    heartbeat: [10_000, 0],
    limits: { sessionsPerAddress: 2_000, sessionsPerUser: 2_000 },
  });
  const clients = Array.from({ length: 1_200 }, () => client().connect('heart-beat:0,10000\n'));
  for (const each of clients) each.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  clock.advance(4_000);
  stomp.publish('/topic/a', 'x');
  const slices = beatsPerSlice(clients, clock, 92);
  expect(slices.slice(0, 69)).toEqual(new Array(69).fill(0));
  expect(clients.map(({ beats }) => beats)).toEqual(new Array(1_200).fill(1));
  // 60 in each, if they were spread evenly over the last 2 s and their clock were not late.
  expect(Math.max(...slices)).toBeLessThanOrEqual(66);
  // From here on each keeps its own time.
  expect(Math.max(...beatsPerSlice(clients, clock, 90))).toBeLessThanOrEqual(80);
  expect(clients.map(({ beats }) => beats)).toEqual(new Array(1_200).fill(2));
});

test('nobody beats because others were written to', () => {
  const { client, clock, stomp } = house({ heartbeat: [1_000, 0] });
  const [one, two] = [client().connect('heart-beat:0,1000\n'), client().connect('heart-beat:0,1000\n')];
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  for (let tick = 0; tick < 10; tick += 1) {
    clock.advance(450);
    stomp.publish('/topic/a', 'x');
  }
  expect([one.beats, two.beats]).toEqual([0, 5]);
});

test.each([
  [50, 25],
  [100, 68],
  [400, 360],
])('an interval of %d ms has a beat %d ms after the last write', (sendMs, afterMs) => {
  const { client, clock } = house({ heartbeat: [sendMs, 0] });
  const one = client().connect('heart-beat:0,1\n');
  clock.advance(afterMs - 1);
  expect(one.beats).toBe(0);
  clock.advance(1);
  expect(one.beats).toBe(1);
});

test('while the way out is stuck no beat is sent, nor asked for all the time', () => {
  const { client, clock, stomp } = house({ heartbeat: [1_000, 0], limits: { writeMs: 60_000 } });
  const one = client().connect('heart-beat:0,1000\n');
  one.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0');
  one.stall();
  stomp.publish('/topic/a', 'x');
  clock.advance(30_000);
  expect(one.beats).toBe(0);
  one.read();
  clock.advance(900);
  expect(one.beats).toBe(1);
});

/** A connection of which the system can ask whether it lives. */
class AskedClient extends MemoryClient {
  asked = 0;

  keepAlive(): void {
    this.asked += 1;
  }
}

test.each([
  ['no heart-beats', '0,0', 1],
  ['none of its own', '0,1000', 1],
  ['heart-beats of its own', '1000,0', 0],
])('the system is told once to ask a client that sends %s for life', (_what, heartbeat, asked) => {
  const { stomp, clock } = house({ heartbeat: [1_000, 1_000], limits: { connectMs: 5_000 } });
  const one = new AskedClient();
  stomp.accept(one);
  one.connect(`heart-beat:${heartbeat}\n`);
  const beat = (times: number) => {
    for (let time = 0; time < times; time += 1) {
      clock.advance(999);
      one.send('\n');
    }
  };
  beat(5);
  expect(one.asked).toBe(0);
  beat(30);
  expect(one.asked).toBe(asked);
  expect(clock.timers).toBe(heartbeat === '0,0' ? 0 : 1);
});

test('of who was refused or has gone before, the system is told nothing', () => {
  const { stomp, clock } = house({ limits: { connectMs: 5_000 } });
  const [gone, silent] = [new AskedClient(), new AskedClient()];
  for (const each of [gone, silent]) stomp.accept(each);
  gone.connect();
  gone.drop();
  clock.advance(60_000);
  expect([gone.asked, silent.asked, clock.timers]).toEqual([0, 0, 0]);
});

test('one timer of the machine serves the heart-beats of 500 sessions, both ways, as long as they last', () => {
  const { client, clock, stomp } = house({ heartbeat: [1_000, 1_000] });
  const clients = Array.from({ length: 500 }, () => client().connect('heart-beat:1000,1000\n'));
  expect([stomp.sessions.size, clock.timers]).toEqual([500, 1]);
  for (let round = 1; round <= 5; round += 1) {
    clock.advance(1_000);
    for (const each of clients) each.send('\n');
    expect([stomp.sessions.size, clock.timers]).toEqual([500, 1]);
  }
  for (const { beats } of clients) expect(beats).toBeGreaterThanOrEqual(5);
  for (const each of clients) each.drop();
  expect(clock.timers).toBe(0);
});
