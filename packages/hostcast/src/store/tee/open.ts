import { join } from 'node:path';
import { TsdbError } from '@hostcast/tsdb';
import type { Logger } from 'pino';
import { createInfluxClient, type InfluxClientOptions } from '../influx/client.ts';
import { quoteName } from '../influx/influxql.ts';
import { type InfluxStoreOptions, openInfluxStore } from '../influx/store.ts';
import { type MetricStore, StoreError } from '../metricStore.ts';
import type { BufferEvent } from './bufferOptions.ts';
import type { ForwardEvent, Outlet } from './forwarder.ts';
import { openTeeStore } from './store.ts';

export interface OpenTeeOptions extends InfluxStoreOptions {
  readonly dataFolder: string;
  readonly bufferBytes: number;
  readonly log: Logger;
  readonly onCommit?: (tookMs: number) => void;
}

/** 5,000 lines on a slow InfluxDB; questions have a limit of their own. */
const writeTimeoutMs = 30_000;
/** Lines that were dropped are logged at most this often. */
const logEveryMs = 10_000;

/**
 * A store over InfluxDB with a buffer for what is written, in `<data>/influx-buffer`.
 * @throws StoreError `ERR_STORE_UNAVAILABLE` where the folder is in use or not usable; its message says what to do
 */
export async function openTee(options: OpenTeeOptions): Promise<MetricStore> {
  const { dataFolder, bufferBytes, log, onCommit, intervalMs, limits, kinds } = options;
  const influx = await openInfluxStore(options);
  try {
    return await openTeeStore({
      influx,
      outlet: outletOf(options),
      folder: join(dataFolder, 'influx-buffer'),
      limitBytes: bufferBytes,
      intervalMs,
      ...(limits && { limits }),
      ...(kinds && { kinds }),
      ...(onCommit && { onCommit }),
      onEvent: eventLog(log),
    });
  } catch (error) {
    await influx.close();
    throw folderError(error, dataFolder);
  }
}

function folderError(error: unknown, dataFolder: string): unknown {
  if (error instanceof TsdbError)
    return new StoreError('ERR_STORE_UNAVAILABLE', error.message, { cause: error });
  if (!(error instanceof Error && 'code' in error)) return error;
  const message = `the data folder ${dataFolder} cannot be used: ${error.message}`;
  return new StoreError('ERR_STORE_UNAVAILABLE', message, { cause: error });
}

/** A client of its own: a long write takes no turn from the questions of a tick. */
function outletOf({
  database,
  retentionPolicy,
  ...options
}: InfluxClientOptions & InfluxStoreOptions): Outlet {
  const client = createInfluxClient({ ...options, timeoutMs: writeTimeoutMs });
  return {
    place: client.place,
    deliver: (gzipped) => client.deliver(gzipped, { database, retentionPolicy }),
    async createDatabase() {
      try {
        // Telegraf's own way, and that of no other generation.
        if ((await client.version()).generation !== 1) return false;
        await client.query(`CREATE DATABASE ${quoteName(database)}`);
        return true;
      } catch (error) {
        if (error instanceof StoreError) return false;
        throw error;
      }
    },
    close: () => client.close(),
  };
}

function eventLog(log: Logger): (event: BufferEvent | ForwardEvent) => void {
  let loggedMs = Number.NEGATIVE_INFINITY;
  let unloggedLines = 0;
  return (event) => {
    const { type, ...details } = event;
    if (event.type !== 'dropped') {
      logEvent(log, event);
      return;
    }
    unloggedLines += event.lines;
    const nowMs = performance.now();
    if (nowMs - loggedMs < logEveryMs) return;
    loggedMs = nowMs;
    log.error({ ...details, lines: unloggedLines }, 'InfluxDB refused lines for good; they are dropped');
    unloggedLines = 0;
  };
}

type Logged = Exclude<BufferEvent | ForwardEvent, { type: 'dropped' }>;

const texts: Readonly<Record<Logged['type'], readonly ['info' | 'warn' | 'error', string]>> = {
  'lock-taken-over': [
    'warn',
    'store: the hostcast before did not stop in order; the lock of its buffer was taken over',
  ],
  'tail-cut': [
    'warn',
    'store: the end of the buffer was written half, and never acknowledged; it is cut off',
  ],
  damaged: ['error', 'store: a part of the buffer is damaged; its lines are lost'],
  unreadable: [
    'error',
    'store: a file of the buffer cannot be read whole; the lines in its bad sectors are lost',
  ],
  'write-failed': ['error', 'store: the buffer cannot be written; writes are refused'],
  recovered: ['info', 'store: the buffer can be written again'],
  outage: ['warn', 'InfluxDB takes nothing; what is written waits in the buffer'],
  'outage-changed': ['warn', 'InfluxDB still takes nothing, for another reason'],
  'outage-over': ['info', 'InfluxDB takes what is written again'],
  'database-made': ['info', 'InfluxDB had no such database; it was made'],
};

function logEvent(log: Logger, { type, ...details }: Logged): void {
  const [level, text] = texts[type];
  log[level]('error' in details ? { ...details, error: undefined, err: details.error } : details, text);
}
