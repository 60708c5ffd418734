import { StoreError } from '../metricStore.ts';

/** Nothing is taken any more. */
export function closed(): StoreError {
  return new StoreError('ERR_STORE_UNAVAILABLE', 'The store is closed');
}

/** What waits for the disk in memory is as much as may. */
export function tooSlow(): StoreError {
  return new StoreError('ERR_STORE_OVERLOADED', 'the disk cannot keep up: send again later');
}

/** There is no room; Telegraf keeps what it has. */
export function full(limitBytes: number): StoreError {
  const size = `${Math.round(limitBytes / 1024 / 1024)} MiB`;
  return new StoreError(
    'ERR_STORE_OVERLOADED',
    `the buffer for InfluxDB is full (influx.buffer-size, ${size}): it takes more when InfluxDB takes what waits`,
  );
}

/** Without the path: it may end in an answer. */
export function unwritable(cause: Error): StoreError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'error';
  const why = code === 'ENOSPC' ? 'the disk is full' : `the disk refuses it (${code})`;
  return new StoreError('ERR_STORE_UNAVAILABLE', `the buffer for InfluxDB cannot be written: ${why}`, {
    cause,
  });
}
