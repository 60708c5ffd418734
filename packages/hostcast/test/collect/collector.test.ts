import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { type Collector, type CollectorOptions, startCollector } from '../../src/collect/collector.ts';
import type { Input } from '../../src/collect/input.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { StoreError } from '../../src/store/metricStore.ts';
import { FakeClock, settle } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const running: Collector[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((collector) => collector.close()));
});

/** An input whose only field says how often it was read. */
function counting(name: string): Input & { gathers: number } {
  return {
    name,
    gathers: 0,
    gather() {
      this.gathers += 1;
      return [
        {
          measurement: name,
          tags: [['z', '1']],
          fields: [{ name: 'n', type: 'integer', value: this.gathers }],
        },
      ];
    },
  };
}

function setup(inputs: readonly Input[], startMs: number, more: Partial<CollectorOptions> = {}) {
  const clock = new FakeClock(startMs);
  const store = new MemoryStore();
  const logged: { level: number; msg: string; what: string }[] = [];
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) });
  const ingest = createIngest({ store, log, clock, localHost: 'here' });
  const writes: string[] = [];
  const collector = startCollector({
    ingest: {
      write: (body, options) => {
        if (body instanceof Uint8Array) writes.push(Buffer.from(body).toString('utf8'));
        return ingest.write(body, options);
      },
      lastRemoteMs: (measurement) => ingest.lastRemoteMs(measurement),
    },
    log,
    intervalMs: 10_000,
    host: 'here',
    clock,
    inputs,
    ...more,
  });
  running.push(collector);
  return { clock, store, ingest, collector, writes, logged };
}

describe('the collector', () => {
  test('gathers at once, after a second, and then on the multiples of the interval, to the second', async () => {
    const { clock, writes } = setup([counting('m')], 1_700_000_003_250);
    await settle();
    expect(writes).toEqual(['m,host=here,z=1 n=1i 1700000003250000000\n']);
    await clock.advance(1_000);
    await clock.advance(25_750);
    expect(writes.slice(1)).toEqual([
      'm,host=here,z=1 n=2i 1700000004250000000\n',
      'm,host=here,z=1 n=3i 1700000010000000000\n',
      'm,host=here,z=1 n=4i 1700000020000000000\n',
      'm,host=here,z=1 n=5i 1700000030000000000\n',
    ]);
  });

  test('leaves out the multiple that its second gather falls upon', async () => {
    const { clock, writes } = setup([counting('m')], 1_700_000_008_900);
    await settle();
    await clock.advance(21_100);
    expect(writes.map((line) => line.split(' ')[2])).toEqual([
      '1700000008900000000\n',
      '1700000009900000000\n',
      '1700000020000000000\n',
      '1700000030000000000\n',
    ]);
  });

  test('tells when what it measured is stored', async () => {
    let collected = 0;
    const { clock, store } = setup([counting('m')], 1_700_000_000_000, {
      onCollected: () => {
        collected += 1;
      },
    });
    await settle();
    expect(collected).toBe(1);
    store.failure = new StoreError('ERR_STORE_OVERLOADED', 'full');
    await clock.advance(1_000);
    expect(collected).toBe(1);
    store.failure = undefined;
    await clock.advance(10_000);
    expect(collected).toBe(2);
  });

  test('never has two gathers under way, and leaves out the ticks that one took', async () => {
    let finish = (): void => {};
    let gathers = 0;
    const slow: Input = {
      name: 'slow',
      gather() {
        gathers += 1;
        if (gathers !== 2) return [];
        return new Promise((resolve) => {
          finish = () => resolve([]);
        });
      },
    };
    const { clock } = setup([slow], 1_700_000_000_000);
    await settle();
    await clock.advance(35_000);
    expect(gathers).toBe(2);
    finish();
    await settle();
    await clock.advance(4_999);
    expect(gathers).toBe(2);
    await clock.advance(1);
    expect(gathers).toBe(3);
  });

  test('loses only the input that fails, and logs it once when it begins and once when it ends', async () => {
    let fault: Error | undefined = new Error('no such file');
    const failing: Input = {
      name: 'broken',
      gather() {
        if (fault !== undefined) throw fault;
        return [];
      },
    };
    const { clock, writes, logged } = setup([failing, counting('m')], 1_700_000_000_000);
    await settle();
    await clock.advance(30_000);
    fault = undefined;
    await clock.advance(20_000);
    expect(writes).toHaveLength(7);
    expect(logged.map(({ level, what }) => [level, what])).toEqual([
      [40, 'broken'],
      [30, 'broken'],
    ]);
  });

  test('leaves a measurement to a Telegraf on the same host, until it has been silent for three intervals', async () => {
    const { clock, ingest, writes } = setup([counting('cpu'), counting('net')], 1_700_000_000_000);
    await settle();
    await ingest.write(Buffer.from('cpu,host=here n=1i\ncpu,host=there n=1i\nnet,host=there n=1i'));
    await clock.advance(35_000);
    const measured = writes.map((lines) => lines.split('\n').map((line) => line.split(',')[0]));
    expect(measured).toEqual([
      ['cpu', 'net', ''],
      ['net', ''],
      ['net', ''],
      ['net', ''],
      ['cpu', 'net', ''],
    ]);
  });

  test('is closed when nothing is under way, twice if need be, and gathers no more', async () => {
    const input = counting('m');
    const { clock, collector } = setup([input], 1_700_000_000_000);
    await settle();
    await Promise.all([collector.close(), collector.close()]);
    expect(clock.timers).toBe(0);
    await clock.advance(60_000);
    expect(input.gathers).toBe(1);
  });
});
