import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DiskBuffer } from '../../../src/store/tee/buffer.ts';
import { backoffMs, type ForwardEvent, Forwarder } from '../../../src/store/tee/forwarder.ts';
import { FakeClock } from '../../support/fakeClock.ts';

type Answer =
  | number
  | { readonly status: number; readonly body?: object; readonly retryAfter?: string }
  | Error;

/** A buffer with these lines, one record each, and an InfluxDB that answers each body so. */
async function setUp(lines: readonly string[], answerTo: (body: string, attempt: number) => Answer) {
  const folder = mkdtempSync(join(tmpdir(), 'hostcast-forwarder-'));
  const buffer = await DiskBuffer.open({ folder: join(folder, 'b'), limitBytes: 1024 * 1024 });
  for (const line of lines) await buffer.append(line, line.split('\n').length - 1);
  const clock = new FakeClock();
  const events: ForwardEvent[] = [];
  const bodies: string[] = [];
  let made = 0;
  let inFlight = 0;
  const forwarder = new Forwarder({
    buffer,
    clock,
    random: () => 1,
    onEvent: (event) => events.push(event),
    outlet: {
      place: 'InfluxDB at http://influx',
      async deliver(gzipped) {
        inFlight += 1;
        expect(inFlight).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight -= 1;
        const body = gunzipSync(gzipped).toString();
        bodies.push(body);
        const answer = answerTo(body, bodies.length);
        if (answer instanceof Error) throw answer;
        if (typeof answer === 'number') return { status: answer, text: '', retryAfter: '' };
        return {
          status: answer.status,
          text: JSON.stringify(answer.body ?? {}),
          retryAfter: answer.retryAfter ?? '',
        };
      },
      async createDatabase() {
        made += 1;
        return made === 1;
      },
      close() {},
    },
  });
  onTestFinished(async () => {
    await forwarder.close();
    await buffer.close();
    rmSync(folder, { recursive: true, force: true });
  });
  /** Lets the forwarder work until something is true; moves the clock where it only waits. */
  const until = async (isTrue: () => boolean, stepMs = 100): Promise<void> => {
    for (let turn = 0; !isTrue(); turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turn % 20 === 19) await clock.advance(stepMs);
    }
  };
  return { buffer, clock, events, bodies, forwarder, until, made: () => made };
}

const line = (n: number): string => `m,host=a v=${n} ${n}000000\n`;
const lines = (count: number): string[] => Array.from({ length: count }, (_, n) => line(n + 1));
const refusing = { status: 400, body: { error: 'unable to parse' } };

describe('the forwarder', () => {
  it('sends what waits in order, many records in one request, and what comes later after it', async () => {
    const { buffer, bodies, forwarder, until } = await setUp(lines(3), () => 204);
    await until(() => buffer.isEmpty);
    await buffer.append(line(4), 1);
    await until(() => forwarder.stats.forwardedLines === 4);
    expect(bodies.join('')).toBe(lines(4).join(''));
    expect(bodies[0]).toBe(lines(3).join(''));
    expect(forwarder.stats).toMatchObject({ droppedLines: 0, retries: 0, outage: undefined });
  });

  it('sends the same again until it is taken, tells of the outage once, and of its end', async () => {
    const { buffer, bodies, events, forwarder, until } = await setUp(lines(2), (_body, attempt) =>
      attempt <= 3 ? new Error('InfluxDB refused the connection') : 204,
    );
    await until(() => forwarder.stats.outage !== undefined);
    expect(forwarder.stats.outage).toBe('InfluxDB refused the connection');
    await until(() => buffer.isEmpty);
    expect(bodies).toEqual(Array.from({ length: 4 }, () => lines(2).join('')));
    expect(events).toEqual([
      { type: 'outage', reason: 'InfluxDB refused the connection' },
      { type: 'outage-over', lastedMs: expect.any(Number), waitingBytes: expect.any(Number) },
    ]);
    expect(forwarder.stats).toMatchObject({ forwardedLines: 2, retries: 3, outage: undefined });
  });

  it('waits as long as it is asked to', async () => {
    const { bodies, clock, forwarder, until } = await setUp(lines(1), (_body, attempt) =>
      attempt === 1 ? { status: 503, retryAfter: '30' } : 204,
    );
    await until(() => forwarder.stats.outage !== undefined, 0);
    await clock.advance(29_900);
    expect(bodies).toHaveLength(1);
    await clock.advance(200);
    await until(() => forwarder.stats.forwardedLines === 1);
  });

  it('says when it is another reason', async () => {
    const { buffer, events, until } = await setUp(
      lines(1),
      (_body, attempt) => [new Error('away'), 401, 401, 204][attempt - 1]!,
    );
    await until(() => buffer.isEmpty);
    expect(events.map((event) => ('reason' in event ? event.reason : event.type))).toEqual([
      'away',
      'InfluxDB at http://influx refused the login (401)',
      'outage-over',
    ]);
  });

  it('halves what is too large', async () => {
    const { buffer, bodies, forwarder, until } = await setUp([lines(8).join('')], (body) =>
      body.split('\n').length > 3 ? 413 : 204,
    );
    await until(() => buffer.isEmpty);
    expect(bodies.filter((body) => body.split('\n').length <= 3).join('')).toBe(lines(8).join(''));
    expect(forwarder.stats).toMatchObject({ forwardedLines: 8, droppedLines: 0 });
  });

  it('finds the lines that a server refuses with the whole body, and drops them alone', async () => {
    const { buffer, events, forwarder, until } = await setUp([lines(50).join('')], (body) =>
      body.includes('v=17 ') || body.includes('v=42 ') ? refusing : 204,
    );
    await until(() => buffer.isEmpty);
    expect(forwarder.stats).toMatchObject({ forwardedLines: 48, droppedLines: 2 });
    expect(events).toEqual([
      { type: 'dropped', lines: 1, reason: 'unable to parse', sample: 'm,host=a v=17 17000000' },
      { type: 'dropped', lines: 1, reason: 'unable to parse', sample: 'm,host=a v=42 42000000' },
    ]);
  });

  it('halves at lines, whatever is in a string', async () => {
    const tricky = `m,host=a"b v="one\ntwo \\"three\\"" 1000000\n`;
    const { buffer, bodies, forwarder, until } = await setUp([tricky + line(2)], (body) =>
      body.includes('one') && body.includes('v=2') ? refusing : 204,
    );
    await until(() => buffer.isEmpty);
    expect(bodies.slice(1)).toEqual([tricky, line(2)]);
    expect(forwarder.stats.forwardedLines).toBe(2);
  });

  it('counts what was refused of a batch whose rest is stored', async () => {
    const body = { error: 'partial write: field type conflict dropped=2' };
    const { buffer, events, forwarder, until } = await setUp(lines(5), () => ({ status: 400, body }));
    await until(() => buffer.isEmpty);
    expect(forwarder.stats).toMatchObject({ forwardedLines: 3, droppedLines: 2 });
    expect(events).toEqual([{ type: 'dropped', lines: 2, reason: body.error, sample: '' }]);
  });

  it('drops nothing for a proxy that finds even one line too large', async () => {
    const { forwarder, buffer, until } = await setUp(lines(1), (_body, attempt) => (attempt < 5 ? 413 : 204));
    await until(() => forwarder.stats.outage !== undefined);
    expect(forwarder.stats.outage).toBe('InfluxDB at http://influx answered 413 even to one line');
    await until(() => buffer.isEmpty);
    expect(forwarder.stats).toMatchObject({ forwardedLines: 1, droppedLines: 0 });
  });

  it('drops a line that is too large by itself', async () => {
    const huge = `m,host=a v="${'x'.repeat(100_000)}" 1000000\n`;
    const { forwarder, buffer, until } = await setUp([huge + line(2)], (body) =>
      body.length > 50_000 ? 413 : 204,
    );
    await until(() => buffer.isEmpty);
    expect(forwarder.stats).toMatchObject({ forwardedLines: 1, droppedLines: 1, outage: undefined });
  });

  it('makes a database that is missing, and goes on at once', async () => {
    const missing = { status: 404, body: { error: 'database not found: "t"' } };
    const { buffer, events, made, until } = await setUp(lines(1), (_body, attempt) =>
      attempt === 1 ? missing : 204,
    );
    await until(() => buffer.isEmpty);
    expect(made()).toBe(1);
    expect(events).toEqual([{ type: 'database-made' }]);
  });

  it('ends in the middle of a wait, with everything in its place', async () => {
    const { forwarder, buffer, until } = await setUp(lines(2), () => new Error('away'));
    await until(() => forwarder.stats.outage !== undefined);
    await forwarder.close();
    expect((await buffer.read(5_000))?.lines).toBe(2);
  });
});

describe('the wait before the next attempt', () => {
  it('is random below a bound that doubles from 1 s to 60 s, and 0.1 s at least', () => {
    expect([0, 1, 2, 5, 6, 1_000].map((failures) => backoffMs(failures, () => 1))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
    ]);
    expect(backoffMs(3, () => 0.5)).toBe(4_000);
    expect(backoffMs(3, () => 0)).toBe(100);
  });
});
