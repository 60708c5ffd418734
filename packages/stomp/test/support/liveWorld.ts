import { type House, house } from './memoryClient.ts';

/** Every message is kept in a history; what becomes of it where a client is slow differs. */
export const topics = ['/topic/log', '/topic/drop', '/topic/live', '/topic/side'] as const;
export type Topic = (typeof topics)[number];

const keptMs = 300_000;
const keptOfOne = 12;
const keptOfAll = 20;

/** A server and all that was ever published: body `n` is the nth message of its topic, also after restarts. */
export class World {
  readonly #publishedAtMs = new Map<Topic, number[]>(topics.map((topic) => [topic, []]));
  // How many messages each topic had when the server started.
  #before = new Map<Topic, number>();
  #ms = 0;
  house: House = newHouse();
  /** Of the server that is there now. */
  epoch = epochOf(this.house);

  publish(topic: Topic, bytes: number): void {
    const number = this.count(topic);
    this.#publishedAtMs.get(topic)?.push(this.#ms);
    this.house.stomp.publish(topic, `${number} ${'x'.repeat(bytes)}`);
  }

  /** How many messages a topic ever had. */
  count(topic: Topic): number {
    return this.#publishedAtMs.get(topic)?.length ?? 0;
  }

  /** Those since the server started. */
  countHere(topic: Topic): number {
    return this.count(topic) - (this.#before.get(topic) ?? 0);
  }

  advance(ms: number): void {
    this.#ms += ms;
    this.house.clock.advance(ms);
  }

  /** Another server, with nothing kept. The clients of the old one have to be cut by then. */
  restart(): void {
    this.#before = new Map(topics.map((topic) => [topic, this.count(topic)]));
    this.house = newHouse();
    this.epoch = epochOf(this.house);
  }

  /** Whether all messages of a topic from this one on have to be known, by every limit there is. */
  hasToKnow(topic: Topic, from: number): boolean {
    const all = topics.reduce((sum, each) => sum + this.countHere(each), 0);
    const missed = this.count(topic) - from;
    const atMs = this.#publishedAtMs.get(topic)?.[from] ?? this.#ms;
    return all <= keptOfAll && missed <= keptOfOne && this.#ms - atMs <= keptMs;
  }
}

// Small enough for every limit to be met.
function newHouse(): House {
  return house({
    heartbeat: [0, 0],
    limits: { outboxBytes: 4_500, historyMessages: keptOfAll },
    destinations: {
      '/topic/*': { history: { ms: keptMs, messages: keptOfOne } },
      '/topic/drop': { slow: 'drop-oldest' },
      '/topic/live': { slow: 'conflate' },
      '/topic/side': { slow: 'conflate' },
    },
  });
}

function epochOf({ client }: House): string {
  const probe = client().connect();
  probe.sendFrame('SUBSCRIBE', { id: '0', destination: topics[0], receipt: '0' });
  const epoch = probe.frames[0]?.headers.get('epoch') ?? '';
  probe.drop();
  return epoch;
}
