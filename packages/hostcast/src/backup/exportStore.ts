import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Database, openDatabase, type Selection, type SeriesSamples } from '@hostcast/tsdb';
import { UserError } from '../config/userError.ts';
import { encodeSeries } from '../lineProtocol/seriesEncoder.ts';
import type { OnProgress } from './archive.ts';
import { archiveDisk } from './archiveDisk.ts';
import { type CsvTable, csvHead, csvRows, csvTables } from './csv.ts';
import { asUserError } from './storeSummary.ts';
import { withArchive } from './verifyBackup.ts';
import type { Sink } from './writeArchive.ts';

/** What of a store is wanted. */
export interface ExportSelection {
  /** Epoch ms; `toMs` is not part of it. */
  readonly fromMs: number;
  readonly toMs: number;
  /** All where there is none. */
  readonly hosts: readonly string[];
  readonly measurements: readonly string[];
}

export interface ExportResult {
  readonly points: number;
  readonly series: number;
}

/** A data folder, also one that is in use, or a backup. */
export type ExportSource = { readonly dataFolder: string } | { readonly backup: string };

/**
 * Opens what is to be exported for reading.
 * @throws UserError where there is no store, or the backup is damaged
 */
export async function withStore<T>(source: ExportSource, use: (store: Database) => Promise<T>): Promise<T> {
  if ('dataFolder' in source) return await useStore(use, { folder: source.dataFolder });
  const { backup } = source;
  return await withArchive(
    backup,
    () => {},
    async ({ files }, fd) => {
      if (!files.some(({ name }) => name === 'meta.json'))
        throw new UserError(`there are no figures in the backup ${backup}`);
      return await useStore(use, { folder: backup, disk: archiveDisk(backup, fd, files) });
    },
  );
}

async function useStore<T>(
  use: (store: Database) => Promise<T>,
  options: Pick<Parameters<typeof openDatabase>[0], 'folder' | 'disk'>,
): Promise<T> {
  const store = await asUserError(() => openDatabase({ ...options, readOnly: true, clusterBy: 'host' }));
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

/**
 * Writes what is selected as line protocol, series by series, each in the order of time.
 * @throws UserError for a host that is not there; what the sink throws
 */
export async function exportLines(
  store: Database,
  selection: ExportSelection,
  sink: Sink,
  onProgress: OnProgress,
): Promise<ExportResult> {
  return await eachSeries(store, selection, onProgress, async (samples) => {
    for (const piece of encodeSeries(samples)) await sink(Buffer.from(piece));
  });
}

/**
 * Looks which columns the measurements that are selected have, by reading all of it once.
 * @throws UserError for a host that is not there
 */
export async function tablesOf(
  store: Database,
  selection: ExportSelection,
  onProgress: OnProgress,
): Promise<ReadonlyMap<string, CsvTable>> {
  const tables = csvTables();
  await eachSeries(store, selection, onProgress, async (samples) => tables.add(samples));
  return tables.done();
}

/** Writes one measurement as CSV. @throws what the sink throws */
export async function exportTable(
  store: Database,
  selection: ExportSelection,
  table: CsvTable,
  sink: Sink,
  onProgress: OnProgress,
): Promise<ExportResult> {
  await sink(Buffer.from(csvHead(table)));
  return await eachSeries(
    store,
    { ...selection, measurements: [table.measurement] },
    onProgress,
    async (samples) => {
      for (const piece of csvRows(table, samples)) await sink(Buffer.from(piece));
    },
  );
}

async function eachSeries(
  store: Database,
  selection: ExportSelection,
  onProgress: OnProgress,
  use: (samples: SeriesSamples) => Promise<void>,
): Promise<ExportResult> {
  let [points, series] = [0, 0];
  const { fromMs, toMs } = selection;
  const isAll = selection.hosts.length === 0 && selection.measurements.length === 0;
  const all = isAll ? store.stats().series : 0; // else nobody knows
  for (const wanted of selectionsOf(store, selection)) {
    for (const samples of store.scan(wanted, fromMs, toMs, { isSorted: true })) {
      await use(samples);
      points += samples.times.length;
      series++;
      onProgress(series, all);
      // Signals are heard between two turns.
      await nextTurn();
    }
  }
  return { points, series };
}

function selectionsOf(store: Database, { hosts, measurements }: ExportSelection): Selection[] {
  const known = store.tagValues('host').map(({ value }) => value);
  for (const host of hosts) {
    if (known.includes(host)) continue;
    const some = known.toSorted().slice(0, 10).join(', ');
    throw new UserError(
      `there is no host ${JSON.stringify(host)}${some && `; there are ${some}${known.length > 10 ? ', …' : ''}`}`,
    );
  }
  const byHost: Selection[] = hosts.length === 0 ? [{}] : hosts.map((host) => ({ tags: [['host', host]] }));
  if (measurements.length === 0) return byHost;
  return measurements.flatMap((measurement) => byHost.map((selection) => ({ ...selection, measurement })));
}
