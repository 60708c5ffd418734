import { createStompServer, type StompServer } from '@hostcast/stomp';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';
import * as fc from 'fast-check';
import { test, vi } from 'vitest';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const numRuns = Number(process.env.LIVE_RUNS ?? 150);
const topics = ['/topic/a', '/topic/b', '/topic/c', '/topic/d', '/topic/e'] as const;

/** On which every look finds another 4 ms gone, so that a turn is two or three messages. */
class BusyClock extends FakeClock {
  #ms = 0;

  override monotonicMs(): number {
    this.#ms += 4;
    return this.#ms;
  }
}

type Step =
  | { do: 'publish'; topic: number; times: number }
  | { do: 'turn' | 'stall' | 'read' | 'pattern' }
  | { do: 'one'; topic: number };

const is = <T extends Step['do']>(name: T) => fc.constant(name);
const topic = fc.nat(topics.length - 1);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: is('publish'), topic, times: fc.integer({ min: 1, max: 8 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: is('turn') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stall' as const, 'read' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: is('pattern') }) },
  { weight: 2, arbitrary: fc.record({ do: is('one'), topic }) },
);

/** One client, and the number it has to get next of each topic in each of its subscriptions. */
class Reader {
  readonly #client = new MemoryClient();
  readonly #next = new Map<string, number>();
  readonly #counts: readonly number[];
  #subscriptions = 0;

  constructor(stomp: StompServer, counts: readonly number[]) {
    this.#counts = counts;
    stomp.accept(this.#client);
    this.#client.connect();
  }

  get epoch(): string {
    this.#client.sendFrame('SUBSCRIBE', { id: 'e', destination: topics[0], receipt: 'e' });
    this.#client.sendFrame('UNSUBSCRIBE', { id: 'e' });
    return this.#client.frames.splice(0)[0]?.headers.get('epoch') ?? '';
  }

  /** To all topics: each begins with what is retained. */
  subscribeToAll(): void {
    const id = this.#subscribe('/topic/*', {});
    for (const [index, count] of this.#counts.entries())
      this.#next.set(`${id} ${topics[index]}`, Math.max(count, 1));
  }

  /** To one, from the beginning. */
  subscribeTo(index: number, epoch: string): void {
    const id = this.#subscribe(topics[index] ?? '', { epoch, seq: '0' });
    this.#next.set(`${id} ${topics[index]}`, 1);
  }

  do(name: 'stall' | 'read'): void {
    this.#client[name]();
  }

  /** Takes in what came; throws where it is not what has to be next. */
  look(): void {
    for (const { command, headers } of this.#client.frames.splice(0)) {
      if (command !== 'MESSAGE') continue;
      const key = `${headers.get('subscription')} ${headers.get('destination')}`;
      const [seq, next] = [Number(headers.get('seq')), this.#next.get(key)];
      if (seq !== next) throw new Error(`${key}: ${seq}, where ${next} was next`);
      this.#next.set(key, seq + 1);
    }
  }

  /** Throws where something is missing at the end. */
  checkEnd(): void {
    for (const [key, next] of this.#next) {
      const count = this.#counts[topics.findIndex((each) => key.endsWith(each))] ?? 0;
      if (next !== count + 1) throw new Error(`${key} ends before ${next}, not ${count + 1}`);
    }
  }

  #subscribe(destination: string, headers: Readonly<Record<string, string>>): string {
    const id = String(this.#subscriptions++);
    this.#client.sendFrame('SUBSCRIBE', { id, destination, ...headers });
    return id;
  }
}

test(`replays that are cut into turns, and what follows: no gap, no duplicate, no reordering: ${numRuns} lives`, async () => {
  const lives = fc.property(fc.array(steps, { minLength: 1, maxLength: 60, size: 'max' }), (life) => {
    const clock = new BusyClock();
    const limits = { retainedMessages: 3, patterns: 100 };
    const stomp = createStompServer({ clock, limits, destinations: { '/topic/*': { history: true } } });
    const counts = topics.map(() => 0);
    const reader = new Reader(stomp, counts);
    const { epoch } = reader;
    // All are retained as a pattern comes only where there are no more of them than that.
    const publish = (index: number) => {
      counts[index] = (counts[index] ?? 0) + 1;
      stomp.publish(topics[index] ?? '', 'x'.repeat(100));
    };
    for (const step of life) {
      if (step.do === 'publish') for (let time = 0; time < step.times; time += 1) publish(step.topic % 3);
      else if (step.do === 'turn') clock.advance(0);
      else if (step.do === 'pattern') reader.subscribeToAll();
      else if (step.do === 'one') reader.subscribeTo(step.topic % 3, epoch);
      else reader.do(step.do);
      reader.look();
    }
    // Others take the place of what is retained, before the last of the replays are done.
    for (const index of [3, 4]) publish(index);
    reader.do('read');
    while (clock.timers > 0) clock.advance(0);
    reader.look();
    reader.checkEnd();
  });
  await fc.assert(lives, { numRuns });
}, 600_000);
