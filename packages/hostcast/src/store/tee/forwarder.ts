import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Point } from '@hostcast/tsdb';
import type { Clock } from '../../clock.ts';
import { encodePoints } from '../../lineProtocol/encoder.ts';
import { createLineParser } from '../../lineProtocol/parser.ts';
import type { WriteAnswer } from '../influx/client.ts';
import type { DiskBuffer, Waiting } from './buffer.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/*
 * Brings what waits in the buffer to InfluxDB, in order, one request at a time, and again until it is taken. A batch
 * that is too large, or of which InfluxDB takes nothing, is sent in halves, down to the lines that it does not take.
 * What was sent and not known to be taken is sent again: InfluxDB keeps one value per series, field and time.
 */

/** Where lines go. */
export interface Outlet {
  /** For messages, for example `InfluxDB at http://127.0.0.1:8086`. */
  readonly place: string;
  /**
   * Writes lines that are compressed with gzip; resolves with whatever is answered.
   * @throws Error where nothing is
   */
  deliver(gzipped: Uint8Array): Promise<WriteAnswer>;
  /** Makes the database where InfluxDB lets us; resolves with whether it did. */
  createDatabase(): Promise<boolean>;
  /** Ends what is under way. */
  close(): void;
}

export interface ForwarderOptions {
  readonly buffer: DiskBuffer;
  readonly outlet: Outlet;
  readonly clock: Clock;
  readonly onEvent?: (event: ForwardEvent) => void;
  /** From 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
}

export type ForwardEvent =
  | { readonly type: 'outage'; readonly reason: string }
  /** What InfluxDB says is another thing than before. */
  | { readonly type: 'outage-changed'; readonly reason: string }
  | { readonly type: 'outage-over'; readonly lastedMs: number; readonly waitingBytes: number }
  | { readonly type: 'dropped'; readonly lines: number; readonly reason: string; readonly sample: string }
  | { readonly type: 'database-made' };

export interface ForwardStats {
  readonly forwardedLines: number;
  /** Lines that InfluxDB said it can never take. */
  readonly droppedLines: number;
  /** Attempts that have to be made again. */
  readonly retries: number;
  /** Epoch ms of the last lines that InfluxDB took; null before the first. */
  readonly lastSuccessMs: number | null;
  /** Why InfluxDB takes nothing now; undefined where it does. */
  readonly outage: string | undefined;
}

/** Telegraf's own batches are of 1,000; InfluxDB advises 5,000. */
const linesPerRequest = 5_000;
const firstWaitMs = 1_000;
const longestWaitMs = 60_000;
/** Who refuses a line of less than this for its size would refuse any. */
const smallLine = 64 * 1024;
/** What is under way at the end may still be taken. */
const graceMs = 2_000;

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** The loop from the buffer to InfluxDB. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #ended: Promise<void>;
  #stats = { forwardedLines: 0, droppedLines: 0, retries: 0, lastSuccessMs: null as number | null };
  #outage: { reason: string; readonly sinceMs: number } | undefined;
  #failures = 0;
  #isClosed = false;
  #stopWaiting: () => void = () => {};

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#ended = this.#run();
  }

  get stats(): ForwardStats {
    return { ...this.#stats, outage: this.#outage?.reason };
  }

  /** A request that is under way has 2 s to end; what waits, waits on the disk. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopWaiting();
    let cancel: () => void = () => {};
    const grace = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(graceMs, resolve);
    });
    await Promise.race([this.#ended, grace]);
    cancel();
    this.#options.outlet.close();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#step();
      } catch (error) {
        // The disk: what can't be read or removed now is tried again.
        this.#noteOutage(`the buffer: ${error instanceof Error ? error.message : String(error)}`);
        await this.#wait(0);
      }
    }
  }

  async #step(): Promise<void> {
    const { buffer } = this.#options;
    const waiting = await buffer.read(linesPerRequest);
    if (waiting === undefined) await Promise.race([buffer.arrived(), this.#closing()]);
    else if (await this.#bring(waiting)) await buffer.release(waiting);
  }

  /** Whether all of it is dealt with: taken, or never to be. */
  async #bring({ records, lines }: Waiting): Promise<boolean> {
    const whole = Buffer.concat(records.map(({ body }) => body));
    const octets = records.reduce((sum, record) => sum + record.octets, 0);
    const verdict = await this.#insist(whole, lines === 1 ? octets : undefined);
    if (verdict === undefined) return false;
    if (verdict.kind === 'taken') return this.#noteTaken(lines);
    if (verdict.kind === 'some-refused') return this.#noteSome(verdict, lines);
    const points: Point[] = [];
    for (const { body } of records) points.push(...(await pointsIn(body)));
    return this.#bringHalves(points, verdict);
  }

  async #bringHalves(points: readonly Point[], verdict: NotTaken): Promise<boolean> {
    if (points.length <= 1) return this.#giveUp(points, verdict);
    const middle = points.length >> 1;
    for (const half of [points.slice(0, middle), points.slice(middle)]) {
      if (!(await this.#bringPoints(half))) return false;
    }
    return true;
  }

  async #bringPoints(points: readonly Point[]): Promise<boolean> {
    const text = encodePoints(points);
    const oneLineOctets = points.length === 1 ? Buffer.byteLength(text) : undefined;
    const verdict = await this.#insist(await compress(text), oneLineOctets);
    if (verdict === undefined) return false;
    if (verdict.kind === 'taken') return this.#noteTaken(points.length);
    if (verdict.kind === 'some-refused')
      return this.#noteSome(verdict, points.length, encodePoints(points.slice(0, 1)));
    return this.#bringHalves(points, verdict);
  }

  #giveUp(points: readonly Point[], { reason }: NotTaken): boolean {
    if (points.length > 0) this.#drop(points.length, reason, encodePoints(points));
    return true;
  }

  /** Until there is an answer other than "later"; undefined where we end before. */
  async #insist(
    gzipped: Uint8Array,
    oneLineOctets?: number,
  ): Promise<Exclude<Verdict, { kind: 'later' }> | undefined> {
    while (!this.#isClosed) {
      const verdict = await this.#attempt(gzipped, oneLineOctets);
      if (verdict.kind !== 'later') {
        this.#endOutage();
        return verdict;
      }
      if (this.#isClosed) return undefined;
      this.#noteOutage(verdict.reason);
      await this.#wait(verdict.waitMs);
    }
    return undefined;
  }

  async #attempt(gzipped: Uint8Array, oneLineOctets: number | undefined): Promise<Verdict> {
    const { outlet } = this.#options;
    try {
      const verdict = verdictOf(await outlet.deliver(gzipped));
      if (verdict.kind === 'later' && verdict.isDatabaseMissing && (await outlet.createDatabase())) {
        this.#tell({ type: 'database-made' });
        return verdictOf(await outlet.deliver(gzipped));
      }
      if (verdict.kind === 'too-large' && oneLineOctets !== undefined && oneLineOctets < smallLine) {
        return later(`${outlet.place} ${verdict.reason} even to one line`);
      }
      return verdict.kind === 'later' ? { ...verdict, reason: `${outlet.place} ${verdict.reason}` } : verdict;
    } catch (error) {
      return later(error instanceof Error ? error.message : String(error));
    }
  }

  #noteTaken(lines: number): true {
    this.#stats.forwardedLines += lines;
    this.#stats.lastSuccessMs = this.#options.clock.nowMs();
    return true;
  }

  #noteSome({ lines: refused, reason }: SomeRefused, lines: number, sample = ''): true {
    const dropped = Math.min(refused, lines);
    this.#drop(dropped, reason, sample);
    return this.#noteTaken(lines - dropped);
  }

  #drop(lines: number, reason: string, sample: string): void {
    this.#stats.droppedLines += lines;
    this.#tell({ type: 'dropped', lines, reason, sample: sample.slice(0, 200).trimEnd() });
  }

  #noteOutage(reason: string): void {
    this.#stats.retries += 1;
    if (this.#outage === undefined) {
      this.#outage = { reason, sinceMs: this.#options.clock.monotonicMs() };
      this.#tell({ type: 'outage', reason });
    } else if (this.#outage.reason !== reason) {
      this.#outage.reason = reason;
      this.#tell({ type: 'outage-changed', reason });
    }
  }

  #endOutage(): void {
    this.#failures = 0;
    if (this.#outage === undefined) return;
    const lastedMs = Math.round(this.#options.clock.monotonicMs() - this.#outage.sinceMs);
    this.#outage = undefined;
    this.#tell({ type: 'outage-over', lastedMs, waitingBytes: this.#options.buffer.stats.bytes });
  }

  /** Longer each time, and never the same as others', so that nobody meets a database that is just up all at once. */
  async #wait(atLeastMs: number): Promise<void> {
    const { clock, random = Math.random } = this.#options;
    const waitMs = Math.max(atLeastMs, backoffMs(this.#failures, random));
    this.#failures += 1;
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(waitMs, resolve);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }

  #closing(): Promise<void> {
    return new Promise((resolve) => {
      this.#stopWaiting = resolve;
      if (this.#isClosed) resolve();
    });
  }

  #tell(event: ForwardEvent): void {
    this.#options.onEvent?.(event);
  }
}

type SomeRefused = Extract<Verdict, { kind: 'some-refused' }>;
type NotTaken = Extract<Verdict, { kind: 'refused' | 'too-large' }>;

/** Full jitter up to a span that doubles from 1 s to 60 s, and a tenth of a second at least. */
export function backoffMs(failures: number, random: () => number): number {
  return Math.max(100, random() * Math.min(longestWaitMs, firstWaitMs * 2 ** failures));
}

function later(reason: string): Verdict {
  return { kind: 'later', reason, waitMs: 0, isDatabaseMissing: false };
}

const most = Number.MAX_SAFE_INTEGER;
const anyLine = { lineBytes: most, tags: most, fields: most, nameBytes: most, stringBytes: most };

async function pointsIn(body: Buffer): Promise<readonly Point[]> {
  const octets = await decompress(body);
  // They were within the limits once.
  const parser = createLineParser({ receivedMs: 0, limits: anyLine });
  parser.push(octets);
  parser.end();
  return parser.take();
}
