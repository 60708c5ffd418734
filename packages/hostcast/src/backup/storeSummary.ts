import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Disk, openDatabase, realDisk, TsdbError } from '@hostcast/tsdb';
import { UserError } from '../config/userError.ts';

/** What is in a store, counted by reading all of it. */
export interface StoreSummary {
  /** Rows: a time of a series. */
  readonly points: number;
  readonly series: number;
  readonly hosts: number;
  /** Times of the first and the last point, epoch ms; infinities where there is none. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Places that could not be read: they were damaged already when the backup was made. */
  readonly damages: number;
}

/** Other work has its turn after this long. */
const sliceMs = 20;

/**
 * Opens a store for reading and reads all of it.
 * @throws UserError where it can't be opened
 */
export async function summarize(
  folder: string,
  disk: Disk = realDisk,
  onSeries: (done: number, all: number) => void = () => {},
): Promise<StoreSummary> {
  let damages = 0;
  const database = await asUserError(() =>
    openDatabase({
      folder,
      disk,
      readOnly: true,
      clusterBy: 'host',
      onEvent: ({ type }) => {
        if (type.endsWith('-damaged')) damages++;
      },
    }),
  );
  try {
    let [points, series, fromMs, toMs] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let deadline = performance.now() + sliceMs;
    const all = database.stats().series;
    for (const { times } of database.scan({}, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
      series++;
      points += times.length;
      fromMs = Math.min(fromMs, times[0]!);
      toMs = Math.max(toMs, times.at(-1)!);
      if (performance.now() < deadline) continue;
      onSeries(series, all);
      await nextTurn();
      deadline = performance.now() + sliceMs;
    }
    return { points, series, hosts: database.tagValues('host').length, fromMs, toMs, damages };
  } finally {
    database.close();
  }
}

/** Faults of a store in a sentence for the operator. @throws UserError */
export async function asUserError<T>(work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof TsdbError ? new UserError(error.message, { cause: error }) : error;
  }
}
