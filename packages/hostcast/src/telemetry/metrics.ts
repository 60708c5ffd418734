import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import type { TickTimes } from '../publish/publisher.ts';
import { type MeasuredParts, measureParts } from './measuredParts.ts';

/** Whatever a process has of these is the process's own, however many servers run in it. */
let processRegistry: Registry | undefined;

/** Why a write was answered with an error. */
export type IngestRefusal =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'too_large'
  | 'encoding'
  | 'overloaded'
  | 'unavailable'
  | 'other';

/** What went wrong with a question to the store. */
export type QueryFailure = 'unavailable' | 'overloaded' | 'refused' | 'other';

const ingestRefusals: Readonly<Record<IngestRefusal, true>> = {
  bad_request: true,
  unauthorized: true,
  forbidden: true,
  too_large: true,
  encoding: true,
  overloaded: true,
  unavailable: true,
  other: true,
};

const queryFailures: Readonly<Record<QueryFailure, true>> = {
  unavailable: true,
  overloaded: true,
  refused: true,
  other: true,
};

const secondsBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** How often it is looked at how late a timer is. */
const lagEveryMs = 500;

/**
 * What Prometheus reads of one server. Its own registry, so that several servers in a process don't mix; labels
 * have few values that are known before: never a host, a user or an address.
 */
export class Metrics {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #tickSeconds: Histogram;
  readonly #lastTickSeconds: Gauge;
  readonly #snapshotAge: Histogram;
  readonly #ackAge: Histogram;
  readonly #commitSeconds: Histogram;
  readonly #lag: Histogram;
  readonly #queryErrors: Counter<'kind'>;
  readonly #ingestRejected: Counter<'why'>;
  readonly #clock: Clock;
  #cancel: () => void = () => {};

  constructor({ clock, version }: { readonly clock: Clock; readonly version: string }) {
    this.#clock = clock;
    this.contentType = this.#registry.contentType;
    const registers = [this.#registry];
    const seconds = (name: string, help: string) =>
      new Histogram({ name, help, buckets: secondsBuckets, registers });
    this.#tickSeconds = seconds(
      'hostcast_tick_duration_seconds',
      'One tick: its queries and the publishing.',
    );
    this.#lastTickSeconds = new Gauge({
      name: 'hostcast_last_tick_seconds',
      help: 'How long the newest tick took, its queries and the publishing; 0 before the first.',
      registers,
    });
    this.#snapshotAge = seconds(
      'hostcast_snapshot_age_seconds',
      'From the moment a tick was due to the moment its last snapshot was handed to the sockets.',
    );
    this.#ackAge = seconds(
      'hostcast_viewer_ack_age_seconds',
      'From the moment a message was written to a viewer to the moment its ACK came, of viewers that acknowledge.',
    );
    this.#commitSeconds = seconds(
      'hostcast_wal_fsync_seconds',
      'Writing what waited to the write-ahead log, or to the buffer for InfluxDB, and having the disk keep it.',
    );
    this.#lag = seconds(
      'hostcast_event_loop_lag_seconds',
      'How much later than asked a timer came, twice a second.',
    );
    this.#queryErrors = counterOf('hostcast_query_errors_total', 'Questions that the store did not answer.', {
      label: 'kind',
      values: Object.keys(queryFailures),
      registers,
    });
    this.#ingestRejected = counterOf(
      'hostcast_ingest_rejected_total',
      'Writes over HTTP that were answered with an error; bad_request: lines that could be read were stored.',
      { label: 'why', values: Object.keys(ingestRefusals), registers },
    );
    const build = new Gauge({
      name: 'hostcast_build_info',
      help: 'Always 1; the labels say what runs.',
      labelNames: ['version', 'node'],
      registers,
    });
    build.set({ version, node: process.version }, 1);
    this.#watchLag();
  }

  /** Adds what is read off the parts of a server whenever somebody asks, and what only its viewers can tell. */
  watch(parts: MeasuredParts): void {
    measureParts(parts, this.#registry);
    parts.stomp.on('acknowledged', ({ ageMs }) => this.#ackAge.observe(ageMs / 1_000));
  }

  observeTick({ tookMs, ageMs }: TickTimes): void {
    this.#tickSeconds.observe(tookMs / 1_000);
    this.#lastTickSeconds.set(tookMs / 1_000);
    this.#snapshotAge.observe(ageMs / 1_000);
  }

  observeCommit(tookMs: number): void {
    this.#commitSeconds.observe(tookMs / 1_000);
  }

  countQueryError(kind: QueryFailure): void {
    this.#queryErrors.inc({ kind });
  }

  countIngestRejected(why: IngestRefusal): void {
    this.#ingestRejected.inc({ why });
  }

  /** All of it in Prometheus's text format, with what Node tells of the process. */
  async text(): Promise<string> {
    if (processRegistry === undefined) {
      processRegistry = new Registry();
      collectDefaultMetrics({ register: processRegistry });
    }
    const texts = await Promise.all([this.#registry.metrics(), processRegistry.metrics()]);
    return texts
      .map((text) => text.trimEnd())
      .join('\n\n')
      .concat('\n');
  }

  close(): void {
    this.#cancel();
  }

  #watchLag(): void {
    const dueMs = this.#clock.monotonicMs() + lagEveryMs;
    this.#cancel = this.#clock.after(lagEveryMs, () => {
      this.#lag.observe(Math.max(0, this.#clock.monotonicMs() - dueMs) / 1_000);
      this.#watchLag();
    });
  }
}

/** A counter that shows 0 for each of its values from the start: Prometheus can't see a step from nothing. */
function counterOf<Label extends string>(
  name: string,
  help: string,
  options: { readonly label: Label; readonly values: readonly string[]; readonly registers: Registry[] },
): Counter<Label> {
  const { label, values, registers } = options;
  const counter = new Counter({ name, help, labelNames: [label], registers });
  for (const value of values) counter.labels(value).inc(0);
  return counter;
}
