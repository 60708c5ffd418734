import type { ServerFrame } from '@hostcast/stomp/codec';
import type { MemoryClient } from '@hostcast/stomp/testing';
import { type Topic, topics, type World } from './liveWorld.ts';
import { Overview } from './overview.ts';

/**
 * How a viewer answers what the live topic sends: at most `prefetch` are unanswered; 0: it doesn't answer.
 * `hasOverview`: it subscribes to all topics by a pattern as well.
 */
export interface Habits {
  readonly ack: 'client' | 'client-individual';
  readonly prefetch: number;
  readonly hasOverview: boolean;
}

/** Where a viewer is in a topic, beyond its connections. */
interface Place {
  epoch: string | undefined;
  seq: number;
  /** The number of the next message. */
  next: number;
}

/** One subscription: what was asked for, and what there was at that moment. */
interface Asked {
  readonly topic: Topic;
  readonly isResume: boolean;
  readonly hasToRecover: boolean;
  readonly count: number;
  readonly isRetained: boolean;
  recovered: string | undefined;
  hasReceipt: boolean;
  hasMessage: boolean;
}

const decoder = new TextDecoder();

/** A client that comes and goes, knows where it was, and throws at the first broken promise. */
export class Viewer {
  readonly #world: World;
  readonly #habits: Habits;
  readonly #places = new Map<Topic, Place>();
  readonly #asked = new Map<string, Asked>();
  #client: MemoryClient | undefined;
  #overview: Overview | undefined;
  #subscriptions = 0;
  #unanswered: string[] = [];
  #newestAtRead = -1;
  #stale = 0;

  constructor(world: World, habits: Habits) {
    this.#world = world;
    this.#habits = habits;
  }

  connect(): void {
    if (this.#client) return;
    this.#client = this.#world.house.client().connect();
    if (this.#habits.hasOverview) this.watch();
    for (const topic of topics) this.subscribe(topic);
  }

  /** Subscribes to all topics at once, or once more where it has. */
  watch(): void {
    const client = this.#client;
    if (!(client && this.#habits.hasOverview)) return;
    if (this.#overview) client.sendFrame('UNSUBSCRIBE', { id: this.#overview.id });
    this.look();
    const id = `all${this.#subscriptions++}`;
    this.#overview = new Overview(id, this.#world);
    client.sendFrame('SUBSCRIBE', { id, destination: '/topic/*' });
    this.look();
  }

  /** Subscribes, or once more where it has, from where it is. */
  subscribe(topic: Topic): void {
    const client = this.#client;
    if (!client) return;
    for (const [id, asked] of this.#asked) {
      if (asked.topic !== topic) continue;
      client.sendFrame('UNSUBSCRIBE', { id });
      this.look();
      this.#asked.delete(id);
      this.#unanswered = this.#unanswered.filter((ack) => !ack.startsWith(`${id}.`));
    }
    const id = String(this.#subscriptions++);
    this.#asked.set(id, this.#askedNow(topic));
    const place = this.#places.get(topic);
    const resume = place?.epoch === undefined ? {} : { epoch: place.epoch, seq: String(place.seq) };
    const { ack, prefetch } = this.#habits;
    const window = topic === '/topic/live' && prefetch > 0 ? { ack, 'prefetch-count': String(prefetch) } : {};
    client.sendFrame('SUBSCRIBE', { id, destination: topic, receipt: id, ...resume, ...window });
    this.look();
  }

  /** Answers one message: with `client` those before it as well. */
  answer(index: number, command: 'ACK' | 'NACK'): void {
    const place = index % Math.max(1, this.#unanswered.length);
    const id = this.#unanswered[place];
    if (id === undefined) return;
    if (this.#habits.ack === 'client') this.#unanswered.splice(0, place + 1);
    else this.#unanswered.splice(place, 1);
    this.#client?.sendFrame(command, { id });
    this.look();
  }

  stall(): void {
    this.#client?.stall();
  }

  /** Takes what is on the wire, which the server learns only when it writes the next time. */
  swallow(): void {
    this.#client?.readSome(this.#client.pendingBytes);
  }

  read(isOnce: boolean): void {
    this.#newestAtRead = this.#world.count('/topic/live') - 1;
    this.#stale = 0;
    if (isOnce) this.#client?.readOnce();
    else this.#client?.read();
    this.look();
  }

  /** Is gone; what is on the wire is lost. */
  cut(): void {
    this.look();
    const client = this.#client;
    this.#client = undefined;
    this.#overview = undefined;
    this.#asked.clear();
    this.#subscriptions = 0;
    this.#unanswered = [];
    client?.drop();
  }

  /** Notices that the server has closed the connection, after reading what it said before, or without. */
  notice(isRead: boolean): void {
    if (!this.#client?.closed) return;
    if (isRead) this.#client.read();
    this.cut();
  }

  /** Reads and answers until nothing is left. */
  settle(): void {
    this.read(false);
    this.notice(true);
    this.connect();
    while (this.#unanswered.length > 0) this.answer(0, 'ACK');
  }

  /** Whether it has the newest message, for one that has settled. */
  checkUpToDate(topic: Topic): void {
    this.#overview?.checkUpToDate(topic);
    this.#expect(this.#at(topic).next, this.#world.count(topic), `the end of ${topic}`);
  }

  /** Takes in what has come. */
  look(): void {
    for (const frame of this.#client?.frames.splice(0) ?? []) {
      const id = frame.headers.get('subscription') ?? frame.headers.get('receipt-id') ?? '';
      if (id === this.#overview?.id) this.#overview.take(frame);
      const asked = this.#asked.get(id);
      if (!asked) continue;
      if (frame.command === 'RECEIPT') this.#takeReceipt(asked, frame);
      else this.#takeMessage(asked, frame);
    }
  }

  #askedNow(topic: Topic): Asked {
    const { epoch, next } = this.#at(topic);
    const isResume = epoch !== undefined;
    return {
      topic,
      isResume,
      hasToRecover: isResume && epoch === this.#world.epoch && this.#world.hasToKnow(topic, next),
      count: this.#world.count(topic),
      isRetained: this.#world.countHere(topic) > 0,
      recovered: undefined,
      hasReceipt: false,
      hasMessage: false,
    };
  }

  #takeReceipt(asked: Asked, { headers }: ServerFrame): void {
    const place = this.#at(asked.topic);
    this.#say(asked, headers.get('recovered'), 'RECEIPT');
    asked.hasReceipt = true;
    if (asked.recovered !== 'true' && !asked.hasMessage) {
      this.#expect(asked.isRetained, false, `a retained message of ${asked.topic} unsent`);
      place.next = asked.count;
    }
    this.#expect(place.next, asked.count, `the place after the RECEIPT of ${asked.topic}`);
    this.#goTo(place, headers);
  }

  #takeMessage(asked: Asked, { headers, body }: ServerFrame): void {
    const { topic } = asked;
    const place = this.#at(topic);
    const number = Number.parseInt(decoder.decode(body.subarray(0, 12)), 10);
    if (asked.hasMessage) this.#expect(headers.get('recovered'), undefined, 'recovered said again');
    else this.#say(asked, headers.get('recovered'), 'first MESSAGE');
    const isFresh = !(asked.hasMessage || asked.hasReceipt) && asked.recovered !== 'true';
    const isExact = topic === '/topic/log' || !asked.hasReceipt;
    // The newest instead of what was missed: perhaps the last one seen, never an older one.
    if (isFresh) this.#expect(number, Math.max(asked.count - 1, place.next - 1), `the newest of ${topic}`);
    else if (isExact) this.#expect(number, place.next, `the next of ${topic}`);
    else this.#expect(number >= place.next, true, `${topic} ${number} behind ${place.next}`);
    // What was skipped shows in the numbers that the client can see. The one seen last skips nothing: where its
    // history was forgotten it is below the place that the RECEIPT told.
    const isVisible =
      number < place.next ||
      headers.get('epoch') !== place.epoch ||
      Number(headers.get('seq')) - place.seq >= number + 1 - place.next;
    this.#expect(isVisible, true, `a hidden gap before ${topic} ${number}`);
    if (headers.has('ack')) this.#checkWindow(asked, number, headers.get('ack') ?? '');
    asked.hasMessage = true;
    place.next = number + 1;
    this.#goTo(place, headers);
  }

  #checkWindow(asked: Asked, number: number, ack: string): void {
    const { prefetch } = this.#habits;
    if (asked.hasReceipt) {
      this.#expect(this.#unanswered.length < prefetch, true, `more than ${prefetch} under way`);
      if (number < this.#newestAtRead) this.#stale += 1;
      this.#expect(this.#stale <= prefetch, true, `${this.#stale} stale messages`);
    }
    this.#unanswered.push(ack);
  }

  #say(asked: Asked, recovered: string | undefined, where: string): void {
    const isFirst = !(asked.hasMessage || asked.hasReceipt);
    if (!isFirst) this.#expect(recovered, asked.recovered, `recovered in the ${where} of ${asked.topic}`);
    else
      this.#expect(
        recovered !== undefined,
        asked.isResume,
        `recovered said in the ${where} of ${asked.topic}`,
      );
    if (asked.hasToRecover)
      this.#expect(recovered, 'true', `recovered of ${asked.topic}, where all is known`);
    asked.recovered = recovered;
  }

  #goTo(place: Place, headers: ServerFrame['headers']): void {
    place.epoch = headers.get('epoch');
    place.seq = Number(headers.get('seq'));
  }

  #at(topic: Topic): Place {
    const place = this.#places.get(topic) ?? { epoch: undefined, seq: 0, next: 0 };
    this.#places.set(topic, place);
    return place;
  }

  #expect(actual: unknown, expected: unknown, what: string): void {
    if (actual !== expected) throw new Error(`${what}: ${actual}, not ${expected}`);
  }
}
