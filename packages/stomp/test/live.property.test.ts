import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type Topic, topics, World } from './support/liveWorld.ts';
import { type Habits, Viewer } from './support/viewer.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

// For all of it: LIVE_RUNS=10000 npx vitest run --project unit packages/stomp/test/live.property
const numRuns = Number(process.env.LIVE_RUNS ?? 300);

type Step =
  | { do: 'publish'; topic: Topic; bytes: number; times: number }
  | { do: 'wait'; ms: number }
  | { do: 'restart' }
  | { do: 'drain' }
  | {
      do: 'connect' | 'cut' | 'stall' | 'read' | 'sip' | 'swallow' | 'watch' | 'jam' | 'notice' | 'lose';
      viewer: number;
    }
  | { do: 'subscribe'; viewer: number; topic: Topic }
  | { do: 'answer'; viewer: number; index: number; command: 'ACK' | 'NACK' };

const viewers = 3;
const viewer = fc.nat(viewers - 1);
const topic = fc.constantFrom(...topics);
const is = <T extends Step['do']>(name: T) => fc.constant(name);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: is('publish'),
      topic,
      bytes: fc.constantFrom(1, 100, 1_000),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  // From none to more than a history keeps.
  { weight: 3, arbitrary: fc.record({ do: is('wait'), ms: fc.nat(400_000) }) },
  { weight: 2, arbitrary: fc.record({ do: is('wait'), ms: fc.nat(9_000) }) },
  { weight: 1, arbitrary: fc.record({ do: is('restart') }) },
  { weight: 1, arbitrary: fc.record({ do: is('drain') }) },
  { weight: 6, arbitrary: fc.record({ do: is('connect'), viewer }) },
  { weight: 4, arbitrary: fc.record({ do: is('cut'), viewer }) },
  { weight: 4, arbitrary: fc.record({ do: is('stall'), viewer }) },
  { weight: 4, arbitrary: fc.record({ do: is('read'), viewer }) },
  { weight: 4, arbitrary: fc.record({ do: is('sip'), viewer }) },
  { weight: 4, arbitrary: fc.record({ do: is('swallow'), viewer }) },
  { weight: 1, arbitrary: fc.record({ do: is('watch'), viewer }) },
  { weight: 4, arbitrary: fc.record({ do: is('jam'), viewer }) },
  { weight: 2, arbitrary: fc.record({ do: is('subscribe'), viewer, topic }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: is('answer'),
      viewer,
      index: fc.nat(5),
      command: fc.constantFrom('ACK' as const, 'NACK' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('notice' as const, 'lose' as const), viewer }) },
);

const habits: fc.Arbitrary<Habits> = fc.record({
  ack: fc.constantFrom('client' as const, 'client-individual' as const),
  prefetch: fc.nat(3),
  hasOverview: fc.boolean(),
});

function perform(step: Step, world: World, all: readonly Viewer[]): void {
  if (step.do === 'publish') {
    for (let time = 0; time < step.times; time += 1) world.publish(step.topic, step.bytes);
  } else if (step.do === 'wait') world.advance(step.ms);
  else if (step.do === 'restart') {
    for (const each of all) each.cut();
    world.restart();
  } else if (step.do === 'drain') {
    for (const session of world.house.stomp.sessions.values()) session.close('shutdown');
  } else if (step.do === 'jam') jam(world, all[step.viewer]);
  else performOfOne(step, all[step.viewer]);
  for (const each of all) each.look();
}

// The wire is full and something waits as another subscription comes. Then there is room, which the server
// learns in the middle of the next broadcast.
function jam(world: World, one: Viewer | undefined): void {
  one?.stall();
  for (let time = 0; time < 2; time += 1) world.publish('/topic/live', 1_100);
  world.publish('/topic/side', 1);
  one?.subscribe('/topic/live');
  one?.swallow();
}

function performOfOne(step: Extract<Step, { viewer: number }>, one: Viewer | undefined): void {
  if (!one) return;
  if (step.do === 'connect') one.connect();
  else if (step.do === 'cut') one.cut();
  else if (step.do === 'stall') one.stall();
  else if (step.do === 'read') one.read(false);
  else if (step.do === 'sip') one.read(true);
  else if (step.do === 'swallow') one.swallow();
  else if (step.do === 'watch') one.watch();
  else if (step.do === 'subscribe') one.subscribe(step.topic);
  else if (step.do === 'answer') one.answer(step.index, step.command);
  else one.notice(step.do === 'notice');
}

// What is dropped may have been the newest of its topic, so there it takes one more message to be up to date.
function checkEnd(world: World, all: readonly Viewer[]): void {
  for (const one of all) {
    one.settle();
    one.checkUpToDate('/topic/log');
    one.checkUpToDate('/topic/live');
    one.checkUpToDate('/topic/side');
  }
  for (const each of topics) world.publish(each, 1);
  for (const one of all) {
    one.settle();
    for (const each of topics) one.checkUpToDate(each);
  }
}

test(`no gap that is not told, no duplicate, no reordering, never a backlog: ${numRuns} lives`, async () => {
  const totals = { recovered: 0, unrecovered: 0, dropped: 0, conflated: 0, slow: 0 };
  const lives = fc.property(
    fc.array(habits, { minLength: viewers, maxLength: viewers }),
    fc.array(steps, { minLength: 1, maxLength: 120, size: 'max' }),
    (each, life) => {
      const world = new World();
      const all = each.map((one) => new Viewer(world, one));
      for (const step of life) perform(step, world, all);
      checkEnd(world, all);
      const { messages, resumed, sessions } = world.house.stomp.stats();
      totals.recovered += resumed.recovered;
      totals.unrecovered += resumed.unrecovered;
      totals.dropped += messages.dropped;
      totals.conflated += messages.conflated;
      totals.slow += sessions.disconnected.slow ?? 0;
      expect(world.house.errors).toEqual([]);
    },
  );
  await fc.assert(lives, { numRuns });
  if (process.env.LIVE_RUNS) process.stdout.write(`${JSON.stringify(totals)}\n`);
  // The lives were full: each of these has happened.
  for (const [name, total] of Object.entries(totals)) expect([name, total > 0]).toEqual([name, true]);
}, 600_000);
