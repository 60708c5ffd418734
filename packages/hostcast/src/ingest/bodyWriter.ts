import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Point } from '@hostcast/tsdb';
import type { LineError, LineParser } from '../lineProtocol/parser.ts';
import { type MetricStore, type RefusedPoints, StoreError } from '../store/metricStore.ts';
import { BodyTooLargeError } from './bodyTooLargeError.ts';
import type { WaitingRoom } from './waitingRoom.ts';

// A body goes to the store in batches, several of them under way, while the rest is still being read: the store
// makes them durable together. Between two pieces of work others get their turn, so that one large body holds up
// neither the ticks nor anybody else's batch.

/** A body, as a whole or in chunks as they come; or several, each of whose last lines ends with it. */
export type Body = Uint8Array | AsyncIterable<Uint8Array> | readonly Uint8Array[];

/** Octets that are read in one piece: some milliseconds even of the shortest lines. */
const sliceBytes = 32 * 1024;
/** Batches of one body that the store has at the same time. */
const underWay = 5;

export interface BodyWriterOptions {
  readonly store: Pick<MetricStore, 'write'>;
  readonly parser: LineParser;
  readonly room: WaitingRoom;
  /** Octets of a body; several at once have the limits that whoever brings them has set. */
  readonly bodyBytes: number;
  readonly batchPoints: number;
  /** Refusals of the store's described one by one. */
  readonly errors: number;
  /** Told of every batch when it is durable: what of it was stored is `stored` points. */
  readonly stored: (points: readonly Point[], stored: number) => void;
}

/** Points with the lines they stood on, and the octets that they came with. */
interface Batch {
  readonly points: readonly Point[];
  readonly lines: readonly number[];
  readonly bytes: number;
}

/** Reads one body and has its points stored. */
export class BodyWriter {
  written = 0;
  /** Lines that the store refused, the first of them. */
  readonly refused: LineError[] = [];
  refusedCount = 0;
  readonly #options: BodyWriterOptions;
  readonly #underWay: Promise<void>[] = [];
  #points: Point[] = [];
  #lines: number[] = [];
  #bytes = 0;
  /** The first refusal of a whole batch. */
  #refusal: StoreError | undefined;
  /** Why nothing more of this body is stored. */
  #failure: { readonly error: unknown } | undefined;

  constructor(options: BodyWriterOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all that could be stored is durable.
   * @throws BodyTooLargeError, StoreError, and what the body throws; what was read before may be stored
   */
  async write(body: Body): Promise<void> {
    try {
      await this.#read(body);
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      await Promise.all(this.#underWay);
      this.#options.room.give(this.#points.length, this.#bytes);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  async #read(body: Body): Promise<void> {
    const { parser, bodyBytes } = this.#options;
    const isMany = Array.isArray(body);
    let bytes = 0;
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      bytes += chunk.length;
      if (bytes > bodyBytes && !isMany) throw new BodyTooLargeError('decompressed', bodyBytes);
      for (let start = 0; start < chunk.length; start += sliceBytes) {
        if (start > 0) await nextTurn();
        const slice = chunk.subarray(start, start + sliceBytes);
        parser.push(slice);
        this.#take(slice.length);
        await this.#handOver(this.#options.batchPoints, start + sliceBytes < chunk.length);
      }
      if (isMany) parser.end();
    }
    parser.end();
    this.#take(0);
    await this.#handOver(1, false);
  }

  /** Takes what was parsed. */
  #take(bytes: number): void {
    const { parser, room } = this.#options;
    const lines = parser.takeLines();
    const points = parser.take();
    room.take(points.length, bytes);
    this.#bytes += bytes;
    for (const point of points) this.#points.push(point);
    for (const line of lines) this.#lines.push(line);
  }

  /** Gives the store whole batches as long as `atLeast` points are there; whether octets are there that follow them. */
  async #handOver(atLeast: number, isMoreRead: boolean): Promise<void> {
    const { batchPoints } = this.#options;
    while (this.#points.length >= atLeast) {
      if (this.#underWay.length >= underWay) await this.#underWay.shift();
      if (this.#failure !== undefined) throw this.#failure.error;
      const points = this.#points.splice(0, batchPoints);
      const lines = this.#lines.splice(0, batchPoints);
      const isMoreComing = isMoreRead || this.#points.length > 0;
      this.#underWay.push(this.#store({ points, lines, bytes: this.#bytes }, isMoreComing));
      this.#bytes = 0;
      if (this.#points.length >= atLeast) await nextTurn();
    }
  }

  /** What the store refuses of one batch is told at the end, and costs the other batches nothing. Never rejects. */
  async #store(batch: Batch, isMoreComing: boolean): Promise<void> {
    const { store, room, stored } = this.#options;
    const { points, bytes } = batch;
    try {
      await store.write(points, isMoreComing);
      this.written += points.length;
      stored(points, points.length);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'ERR_STORE_REFUSED')) {
        this.#failure ??= { error };
      } else if (error.refused === undefined) {
        this.#refusal ??= error;
      } else {
        this.#noteRefused(error.refused, batch);
        const count = points.length - error.refused.count;
        this.written += count;
        stored(points, count);
      }
    } finally {
      room.give(points.length, bytes);
    }
  }

  #noteRefused({ first, count }: RefusedPoints, { points, lines }: Batch): void {
    this.refusedCount += count;
    for (const { index, reason } of first) {
      if (this.refused.length >= this.#options.errors) return;
      this.refused.push({ line: lines[index] ?? 0, reason, start: startOf(points[index]) });
    }
  }
}

/** How the line of a point began, as far as it says whose it is. */
function startOf(point: Point | undefined): string {
  const host = point?.tags.find(([key]) => key === 'host')?.[1];
  const start = host === undefined ? point?.measurement : `${point?.measurement},host=${host}`;
  return start?.slice(0, 64) ?? '';
}
