import { Message } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { allOf, type Broker, type Subscriber } from '../../src/broker/broker.ts';
import type { Publication } from '../../src/broker/publication.ts';

/** A subscriber that writes down what it gets, and takes as much as it is told to. */
class Recorder implements Subscriber {
  readonly target: string;
  readonly aliases: readonly string[];
  readonly isAcknowledging: boolean;
  readonly got: Publication[] = [];
  readonly retractions: string[] = [];
  room = Infinity;

  constructor(destination: string, { acks = false, aliases = [] as readonly string[] } = {}) {
    this.target = destination;
    this.aliases = aliases;
    this.isAcknowledging = acks;
  }

  hasRoom(): boolean {
    return this.room > 0;
  }

  deliver(publication: Publication): void {
    this.room -= 1;
    this.got.push(publication);
  }

  retracted(destination: string): void {
    this.retractions.push(destination);
  }

  /** Bodies, with `*` behind what is marked as redelivered. */
  get bodies(): string[] {
    return this.got.map(({ body, headers }) => {
      return new TextDecoder().decode(body) + (headers.get('redelivered') === 'true' ? '*' : '');
    });
  }
}

/** What `make` has to be told: limits small enough to be met by a test. */
export interface ContractLimits {
  readonly queueMessages: number;
  readonly queueBytes: number;
}

/** What every broker has to do. `make` gives a new one, with the retained topic `/topic/kept`. */
export function brokerContract(make: (limits?: ContractLimits) => Broker): void {
  const house = (limits?: ContractLimits) => {
    const broker = make(limits);
    const join = (destination: string, options = {}) => {
      const subscriber = new Recorder(destination, options);
      const { replay } = broker.subscribe(subscriber);
      if (replay) for (const publication of allOf(replay)) subscriber.deliver(publication);
      return subscriber;
    };
    const publish = (destination: string, ...bodies: string[]) => {
      for (const text of bodies) {
        const body = new TextEncoder().encode(text);
        void broker.publish(
          new Message({ command: 'SEND', headers: new Map([['destination', destination]]), body }),
        );
      }
    };
    return { broker, join, publish };
  };

  describe('a topic', () => {
    test('gives one publication to all subscribers of the destination and of patterns, to no other', () => {
      const { join, publish } = house();
      const [one, two, other] = [join('/topic/a.b'), join('/topic/*.b'), join('/topic/b')];
      publish('/topic/a.b', 'x');
      expect(one.bodies).toEqual(['x']);
      expect(two.got[0]).toBe(one.got[0]);
      expect(other.bodies).toEqual([]);
    });

    test('numbers its messages: each another, growing, in message-id too', () => {
      const { join, publish } = house();
      const one = join('/topic/a');
      publish('/topic/a', '1', '2');
      const [first, second] = one.got;
      expect(second?.number).toBeGreaterThan(first?.number ?? Infinity);
      expect(first?.headers.get('message-id')).toMatch(new RegExp(`-${first?.number}$`));
    });

    test('gives no retained message that was retracted, and retains the next one', () => {
      const { broker, join, publish } = house();
      publish('/topic/kept', 'old');
      broker.retract('/topic/kept');
      broker.retract('/topic/never');
      expect(join('/topic/kept').bodies).toEqual([]);
      publish('/topic/kept', 'new');
      expect(join('/topic/kept').bodies).toEqual(['new']);
    });

    test('tells those who subscribe that a message was retracted, where one may be retained', () => {
      const { broker, join } = house();
      const [exact, pattern, other] = [join('/topic/kept'), join('/topic/*'), join('/topic/b')];
      for (const destination of ['/topic/kept', '/topic/b']) broker.retract(destination);
      expect(exact.retractions).toEqual(['/topic/kept']);
      expect(pattern.retractions).toEqual(['/topic/kept']);
      expect(other.retractions).toEqual([]);
    });

    test('keeps the newest message where it is retained, and nothing where it is not', () => {
      const { join, publish } = house();
      publish('/topic/kept', '1', '2');
      publish('/topic/other', '3');
      expect(join('/topic/*').bodies).toEqual(['2']);
    });

    test('ends with unsubscribe', () => {
      const { broker, join, publish } = house();
      const one = join('/topic/a');
      broker.unsubscribe(one);
      broker.unsubscribe(one);
      publish('/topic/a', 'x');
      expect(one.bodies).toEqual([]);
      expect(broker.stats().subscriptions).toBe(0);
    });
  });

  describe('a queue', () => {
    test('keeps messages until there is a consumer, and gives them to it in order', () => {
      const { broker, join, publish } = house();
      publish('/queue/a', '1', '2', '3');
      expect(broker.stats().queuedMessages).toBe(3);
      expect(join('/queue/a').bodies).toEqual(['1', '2', '3']);
      expect(broker.stats()).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
    });

    test('gives each message to one consumer, in turn', () => {
      const { join, publish } = house();
      const [one, two, three] = [join('/queue/a'), join('/queue/a'), join('/queue/a')];
      publish('/queue/a', '1', '2', '3', '4', '5');
      expect([one.bodies, two.bodies, three.bodies]).toEqual([['1', '4'], ['2', '5'], ['3']]);
    });

    test('passes over a consumer without room, and waits while none has any', () => {
      const { broker, join, publish } = house();
      const [one, two] = [join('/queue/a'), join('/queue/a')];
      one.room = 1;
      two.room = 2;
      publish('/queue/a', '1', '2', '3', '4');
      expect([one.bodies, two.bodies]).toEqual([['1'], ['2', '3']]);
      one.room = 1;
      broker.ready(one);
      expect(one.bodies).toEqual(['1', '4']);
    });

    test('keeps what is not acknowledged, and counts it, until it is', () => {
      const { broker, join, publish } = house();
      const one = join('/queue/a', { acks: true });
      publish('/queue/a', '1', '2');
      expect(broker.stats().queuedMessages).toBe(2);
      broker.acknowledge(one, one.got);
      expect(broker.stats()).toMatchObject({ queuedMessages: 0, queuedBytes: 0 });
      broker.unsubscribe(one);
      expect(join('/queue/a').bodies).toEqual([]);
    });

    test('gives what comes back to another consumer, marked, and with the same number', () => {
      const { broker, join, publish } = house();
      const one = join('/queue/a', { acks: true });
      publish('/queue/a', '1');
      const two = join('/queue/a', { acks: true });
      const [first] = one.got;
      if (!first) throw new Error('nothing came');
      expect(first.headers.get('redelivered')).toBe('false');
      broker.requeue(one, [first]);
      expect([one.bodies, two.bodies]).toEqual([['1'], ['1*']]);
      expect(two.got[0]?.number).toBe(first.number);
    });

    test('gives what comes back to the same consumer where there is no other', () => {
      const { broker, join, publish } = house();
      const one = join('/queue/a', { acks: true });
      publish('/queue/a', '1');
      broker.requeue(one, [...one.got]);
      expect(one.bodies).toEqual(['1', '1*']);
    });

    test('puts what a lost consumer had before what was never given out, in the old order', () => {
      const { broker, join, publish } = house();
      const one = join('/queue/a', { acks: true });
      one.room = 3;
      publish('/queue/a', '1', '2', '3', '4');
      broker.unsubscribe(one);
      broker.requeue(one, [...one.got].reverse());
      expect(join('/queue/a', { acks: true }).bodies).toEqual(['1*', '2*', '3*', '4']);
      expect(broker.stats().queuedMessages).toBe(4);
    });

    test('is reached by no pattern of topics', () => {
      const { join, publish } = house();
      const all = join('/topic/**');
      publish('/queue/a', 'x');
      expect(all.bodies).toEqual([]);
    });

    test('takes messages up to its limits, says so above them, and takes more when some are gone', () => {
      const { broker, join, publish } = house({ queueMessages: 3, queueBytes: 10_000 });
      publish('/queue/a', '1', '2');
      publish('/queue/b', '3');
      expect(() => publish('/queue/a', '4')).toThrow(/Queue full/);
      join('/queue/b');
      publish('/queue/a', '4');
      expect(broker.stats().queuedMessages).toBe(3);
    });

    test('keeps room for what was announced, until it is given back, once', () => {
      const { broker, publish } = house({ queueMessages: 2, queueBytes: 1_000 });
      const headers = new Map([['destination', '/queue/a']]);
      const giveBack = broker.reserve(new Message({ command: 'SEND', headers }));
      publish('/queue/a', '1');
      const full = expect.objectContaining({ code: 'ERR_STOMP_QUEUE_FULL' });
      expect(() => publish('/queue/b', '2')).toThrow(full);
      giveBack();
      giveBack();
      publish('/queue/a', '2');
      expect(() => publish('/queue/b', '3')).toThrow(full);
    });

    test('counts octets: bodies and headers', () => {
      const { publish } = house({ queueMessages: 100, queueBytes: 2_500 });
      publish('/queue/a', 'x'.repeat(1_000));
      publish('/queue/b', 'x'.repeat(1_000));
      expect(() => publish('/queue/c', 'x'.repeat(500))).toThrow(/Queue full/);
    });
  });

  describe('a private destination', () => {
    test('reaches its subscribers, by any of its names, and no pattern', () => {
      const { broker, join, publish } = house();
      const one = join('/session/1/queue/a', { aliases: ['/user/kim/queue/a'] });
      const two = join('/session/2/queue/a', { aliases: ['/user/kim/queue/a'] });
      const star = join('/session/3/queue/a', { aliases: ['/user/*/queue/a'] });
      const all = join('/topic/**');
      publish('/user/kim/queue/a', 'to kim');
      publish('/session/1/queue/a', 'to one');
      expect(one.bodies).toEqual(['to kim', 'to one']);
      expect(two.got).toEqual([one.got[0]]);
      expect([star.bodies, all.bodies]).toEqual([[], []]);
      expect(one.got.map(({ destination }) => destination)).toEqual(['/user/queue/a', '/user/queue/a']);
      broker.unsubscribe(one);
      publish('/user/kim/queue/a', 'again');
      expect(one.bodies).toHaveLength(2);
      expect(two.bodies).toEqual(['to kim', 'again']);
    });

    test('keeps nothing for those who come later', () => {
      const { join, publish } = house();
      publish('/reply-queue/1', 'x');
      expect(join('/reply-queue/1').bodies).toEqual([]);
    });
  });
}
