import type { ServerFrame } from '@hostcast/stomp/codec';
import { type Topic, topics, type World } from './liveWorld.ts';

const decoder = new TextDecoder();

/** What one subscription to all topics by a pattern has come to; throws where it misses or repeats something. */
export class Overview {
  readonly id: string;
  readonly #world: World;
  // The number of the next message of each topic; what is retained comes first.
  readonly #next: Map<Topic, number>;

  constructor(id: string, world: World) {
    this.id = id;
    this.#world = world;
    const firstOf = (topic: Topic) => world.count(topic) - (world.countHere(topic) > 0 ? 1 : 0);
    this.#next = new Map(topics.map((topic) => [topic, firstOf(topic)]));
  }

  /** Takes in a MESSAGE. */
  take({ headers, body }: ServerFrame): void {
    const topic = topics.find((each) => each === headers.get('destination'));
    if (!topic) throw new Error(`the overview got a message of ${headers.get('destination')}`);
    const number = Number.parseInt(decoder.decode(body.subarray(0, 12)), 10);
    const next = this.#next.get(topic) ?? 0;
    const isInOrder = topic === '/topic/log' ? number === next : number >= next;
    if (!isInOrder) throw new Error(`the overview got ${topic} ${number}, where ${next} was next`);
    this.#next.set(topic, number + 1);
  }

  /** Whether it has the newest message, for a viewer that has settled. */
  checkUpToDate(topic: Topic): void {
    const [next, count] = [this.#next.get(topic), this.#world.count(topic)];
    if (next !== count) throw new Error(`the overview ends ${topic} before ${next}, not ${count}`);
  }
}
