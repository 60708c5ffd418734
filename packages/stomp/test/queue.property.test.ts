import type { MemoryClient } from '@hostcast/stomp/testing';
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type House, house } from './support/memoryClient.ts';

// Many runs: how long they take says nothing.
vi.setConfig({ testTimeout: 120_000 });

const modes = ['auto', 'client', 'client-individual'] as const;

interface Consumer {
  readonly client: MemoryClient;
  mode: (typeof modes)[number];
  prefetch: number;
  isSubscribed: boolean;
  /** What it has got and not answered, in the order of arrival: bodies with their ack ids. */
  held: { readonly body: number; readonly ack: string }[];
}

/** What a queue has to do, told by what its consumers see. Bodies are numbers, in the order of sending. */
class World {
  readonly #house: House = house();
  readonly #producer = this.#house.client().connect();
  readonly #consumers: Consumer[] = [0, 1, 2].map(() => this.#newConsumer());
  readonly #queued = new Set<number>();
  readonly #seenBefore = new Set<number>();
  #sent = 0;

  act(kind: string, which: number, n: number): void {
    const consumer = this.#consumers[which % 3];
    if (!consumer) return;
    if (kind === 'send') this.#send(1 + (n % 4));
    if (kind === 'subscribe' && !consumer.isSubscribed) this.#subscribe(consumer, n);
    if (kind === 'ack' || kind === 'nack') this.#answer(consumer, kind.toUpperCase(), n);
    if (kind === 'unsubscribe' && consumer.isSubscribed) {
      this.#release(consumer);
      consumer.client.send('UNSUBSCRIBE\nid:0\n\n\0');
    }
    if (kind === 'drop') {
      this.#release(consumer);
      consumer.client.drop();
      this.#consumers[which % 3] = this.#newConsumer();
    }
    for (const each of this.#consumers) this.#look(each);
  }

  /** All that is left comes to one consumer, oldest first, and nothing stays behind. */
  finish(): void {
    for (const each of this.#consumers) {
      this.#release(each);
      each.client.drop();
      // Those that are still there may get what it had.
      for (const other of this.#consumers) this.#look(other);
    }
    const last = this.#newConsumer();
    last.client.send('SUBSCRIBE\nid:0\ndestination:/queue/a\n\n\0');
    expect(last.client.heard).toEqual(
      [...this.#queued].sort((a, b) => a - b).map((body) => `MESSAGE:${body}`),
    );
    expect(this.#house.stomp.stats().messages).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
    expect(this.#house.errors).toEqual([]);
  }

  #newConsumer(): Consumer {
    const client = this.#house.client().connect();
    return { client, mode: 'auto', prefetch: Infinity, isSubscribed: false, held: [] };
  }

  #send(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.#sent += 1;
      this.#queued.add(this.#sent);
      this.#producer.send(`SEND\ndestination:/queue/a\n\n${this.#sent}\0`);
    }
  }

  #subscribe(consumer: Consumer, n: number): void {
    consumer.mode = modes[n % 3] ?? 'auto';
    consumer.prefetch = n % 2 === 0 && consumer.mode !== 'auto' ? 1 + (n % 3) : Infinity;
    consumer.isSubscribed = true;
    const window = consumer.prefetch === Infinity ? '' : `prefetch-count:${consumer.prefetch}\n`;
    consumer.client.send(`SUBSCRIBE\nid:0\ndestination:/queue/a\nack:${consumer.mode}\n${window}\n\0`);
  }

  #answer(consumer: Consumer, command: string, n: number): void {
    const index = n % Math.max(1, consumer.held.length);
    const named = consumer.held[index];
    if (!named) return;
    const settled =
      consumer.mode === 'client' ? consumer.held.splice(0, index + 1) : consumer.held.splice(index, 1);
    if (command === 'NACK') for (const { body } of settled) this.#queued.add(body);
    consumer.client.send(`${command}\nid:${named.ack}\n\n\0`);
  }

  #release(consumer: Consumer): void {
    for (const { body } of consumer.held) this.#queued.add(body);
    consumer.held = [];
    consumer.isSubscribed = false;
  }

  #look(consumer: Consumer): void {
    for (const { command, headers, body } of consumer.client.frames.splice(0)) {
      expect(command).toBe('MESSAGE');
      const number = Number(new TextDecoder().decode(body));
      // Nobody else has it, and nobody is done with it.
      expect(this.#queued.delete(number)).toBe(true);
      expect(headers.get('redelivered')).toBe(String(this.#seenBefore.has(number)));
      this.#seenBefore.add(number);
      if (consumer.mode !== 'auto') consumer.held.push({ body: number, ack: headers.get('ack') ?? '' });
    }
    expect(consumer.held.length).toBeLessThanOrEqual(consumer.prefetch);
  }
}

test('whatever consumers do, a queue loses nothing, gives nothing to two, and keeps the order', async () => {
  const kinds = ['send', 'send', 'subscribe', 'ack', 'ack', 'nack', 'unsubscribe', 'drop'];
  const move = fc.tuple(fc.constantFrom(...kinds), fc.nat(2), fc.nat(11));
  await fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const world = new World();
      for (const [kind, which, n] of moves) world.act(kind, which, n);
      world.finish();
    }),
    { numRuns: 300 },
  );
});
