import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type Database,
  type DatabaseEvent,
  openDatabase,
  type Refusal,
  type Selection,
  TsdbError,
} from '@hostcast/tsdb';
import { fieldKinds } from '../metrics/kinds.ts';
import { isPercentage } from '../metrics/units.ts';
import { bucketRange, bucketTimes } from './buckets.ts';
import { diskTrouble } from './diskTrouble.ts';
import { packHistory, packLatest } from './embeddedAnswers.ts';
import type {
  WorkerError,
  WorkerOptions,
  WorkerReply,
  WorkerRequest,
  WriteRequest,
} from './embeddedMessages.ts';
import {
  type History,
  type HistoryQuery,
  type HistorySeries,
  type HostInfo,
  refusedPoints,
  type StoreCondition,
} from './metricStore.ts';
import { tooManyHosts, tooManySeries, tooManySeriesOfHost } from './seriesLimits.ts';
import { TagNumbers } from './tagNumbers.ts';

/*
 * The thread that owns the embedded store's files. All writes that are waiting are appended, committed once, and
 * acknowledged together; queries are answered in between, long ones in slices.
 */

/** Sealing and retention are looked after this often. */
const maintainEveryMs = 1_000;
/** So many writes wait for more at most: who sends large bodies has five under way, and the first has to come back. */
const mostPatient = 3;
/** A history gives way to other work after this long. */
const sliceMs = 10;

const options: WorkerOptions = workerData;
const { kindOf, rollupKindOf } = fieldKinds(options.kinds);
const port = portOf(parentPort);
/** A commit comes in this turn of the loop; or when this runs out. */
let isCommitDue = false;
let patience: NodeJS.Timeout | undefined;
/** Writes that are appended but not committed yet, with what was refused of them. */
let waiting: { readonly id: number; readonly refused: readonly Refusal[] }[] = [];

/** Of the series in the answers. */
const tags = new TagNumbers();
/** Of the last write that failed. */
let trouble = '';

const database = open();
if (database) {
  const timer = setInterval(() => maintain(database), maintainEveryMs);
  port.on('message', (request: WorkerRequest) => {
    if (request.kind === 'close') clearInterval(timer);
    handle(database, request);
  });
  say({ kind: 'opened' });
}

function open(): Database | null {
  try {
    return openDatabase({
      folder: options.folder,
      durability: options.durability,
      ...retentionOf(options.retention),
      rollupKind: rollupKindOf,
      decimals: (measurement, field) =>
        isPercentage(measurement, field) ? options.percentDecimals : undefined,
      intervalMs: options.intervalMs,
      clusterBy: 'host',
      maxSeries: options.limits.series,
      maxSeriesPerCluster: options.limits.seriesPerHost,
      maxClusters: options.limits.hosts,
      onEvent: tell,
    });
  } catch (error) {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    return null;
  }
}

function retentionOf({ samplesMs, minutesMs, tenMinutesMs, maxBytes }: WorkerOptions['retention']) {
  return {
    ...(samplesMs !== undefined && { retentionMs: samplesMs }),
    ...(minutesMs !== undefined && { minuteRetentionMs: minutesMs }),
    ...(tenMinutesMs !== undefined && { tenMinuteRetentionMs: tenMinutesMs }),
    ...(maxBytes !== undefined && { maxBytes }),
  };
}

function tell(event: DatabaseEvent): void {
  if (event.type === 'write-failed') trouble = diskTrouble(event.error.message).words;
  say({ kind: 'event', event });
}

function handle(store: Database, request: WorkerRequest): void {
  const { id } = request;
  try {
    switch (request.kind) {
      case 'write':
        append(store, request);
        break;
      case 'latest':
        sayLatest(store, id, request.selections);
        break;
      case 'history':
        readHistory(store, request.query).then(
          (history) => sayHistory(id, history),
          (error: unknown) => fail([id], error),
        );
        break;
      case 'hosts':
        say({ kind: 'hosts', id, hosts: hostsOf(store) });
        break;
      case 'condition':
        say({ kind: 'condition', id, condition: conditionOf(store) });
        break;
      case 'close':
        close(store, id);
    }
  } catch (error) {
    fail([id], error);
  }
}

function append(store: Database, { id, batch, isMoreComing }: WriteRequest): void {
  const { refused } = store.appendBatch(batch);
  waiting.push({ id, refused });
  if (isMoreComing && waiting.length < mostPatient) {
    patience ??= setTimeout(() => commit(store), options.patienceMs);
    return;
  }
  // The port hands over all messages that wait before this runs: they share one commit.
  if (!isCommitDue) setImmediate(() => commit(store));
  isCommitDue = true;
}

function commit(store: Database): void {
  clearTimeout(patience);
  patience = undefined;
  isCommitDue = false;
  const writes = waiting;
  waiting = [];
  if (writes.length === 0) return;
  const startedMs = performance.now();
  try {
    store.commit();
  } catch (error) {
    fail(
      writes.map(({ id }) => id),
      error,
    );
    return;
  }
  say({ kind: 'committed', tookMs: performance.now() - startedMs });
  const whole = writes.filter(({ refused }) => refused.length === 0);
  if (whole.length > 0) say({ kind: 'written', ids: whole.map(({ id }) => id) });
  for (const { id, refused } of writes) if (refused.length > 0) say(refusal(id, refused));
}

function sayLatest(store: Database, id: number, selections: readonly Selection[]): void {
  const tables = selections.map((selection) => store.latest(selection));
  const answers = packLatest(tables, tags);
  say({ kind: 'latest', id, answers }, [answers.numbers.buffer]);
}

function sayHistory(id: number, { times, series }: History): void {
  const history = packHistory(times, series, tags);
  say({ kind: 'history', id, history }, [history.numbers.buffer]);
}

async function readHistory(store: Database, query: HistoryQuery): Promise<History> {
  const range = bucketRange(query);
  const series: HistorySeries[] = [];
  let deadline = performance.now() + sliceMs;
  const { statistic = 'mean', selection, toMs, bucketMs } = query;
  const isCounter = (measurement: string, field: string): boolean => kindOf(measurement, field) === 'counter';
  const buckets = { startMs: range.startMs, toMs, bucketMs, statistic, isCounter };
  for (const one of store.buckets(selection, buckets)) {
    series.push(one);
    if (performance.now() < deadline) continue;
    await nextTurn();
    deadline = performance.now() + sliceMs;
  }
  return { times: bucketTimes(range), series };
}

function maintain(store: Database): void {
  if (store.maintain()) setImmediate(() => maintain(store));
}

function hostsOf(store: Database): HostInfo[] {
  return store
    .tagValues('host')
    .map(({ value, newestMs }) => ({ host: value, newestMs: Number.isFinite(newestMs) ? newestMs : null }));
}

function conditionOf(store: Database): StoreCondition {
  const { series, isWritable } = store.stats();
  return isWritable ? { series, isWritable } : { series, isWritable, trouble };
}

function close(store: Database, id: number): void {
  try {
    commit(store);
    store.close();
    say({ kind: 'closed', id });
  } catch (error) {
    fail([id], error);
  } finally {
    port.close();
  }
}

function refusal(id: number, refusals: readonly Refusal[]): WorkerReply {
  const refused = refusedPoints(refusals.map((one) => ({ index: one.index, reason: reasonOf(one) })));
  const message = `${refused.count} points were refused and the others stored; the first: ${refused.first[0]?.reason}`;
  return { kind: 'error', ids: [id], error: { code: 'ERR_STORE_REFUSED', message, refused } };
}

/** In the words of the settings, which the database doesn't know. */
function reasonOf({ reason, message }: Refusal): string {
  switch (reason) {
    case 'too-many-series':
      return tooManySeries(options.limits);
    case 'too-many-in-cluster':
      return tooManySeriesOfHost(options.limits);
    case 'too-many-clusters':
      return tooManyHosts(options.limits);
    default:
      return message;
  }
}

function fail(ids: readonly number[], error: unknown): void {
  if (error instanceof TsdbError || error instanceof RangeError) {
    const code: WorkerError['code'] = error instanceof RangeError ? 'RANGE' : 'ERR_STORE_UNAVAILABLE';
    // It may end in an answer: where the data folder is, is nobody's business.
    const message = error.message.replaceAll(options.folder, '<data>');
    say({ kind: 'error', ids, error: { code, message } });
    return;
  }
  // A fault of ours: the thread ends with it, and everyone who waits is told.
  throw error;
}

function say(reply: WorkerReply, transferred: readonly ArrayBuffer[] = []): void {
  port.postMessage(reply, transferred);
}

function portOf<Port>(given: Port | null): Port {
  if (given === null) throw new TypeError('this file runs in a worker thread only');
  return given;
}
