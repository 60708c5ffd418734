import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Database } from '@hostcast/tsdb';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type ExportResult,
  type ExportSelection,
  exportLines,
  exportTable,
  tablesOf,
  withStore,
} from '../backup/exportStore.ts';
import { openOutput, standardOutput } from '../backup/outputs.ts';
import type { Sink } from '../backup/writeArchive.ts';
import { configOf } from '../config/readConfig.ts';
import { UserError } from '../config/userError.ts';
import { addFolderFlags } from './accountsOf.ts';
import { tookInWords } from './backup.ts';
import type { CliContext } from './context.ts';
import { createProgress, type Progress } from './progress.ts';
import { type OnUndo, withUndo } from './undo.ts';

interface ExportFlags {
  readonly backup?: string;
  readonly format: 'line' | 'csv';
  readonly from?: number;
  readonly to?: number;
  readonly host?: readonly string[];
  readonly measurement?: readonly string[];
  readonly output?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** `hostcast export`: figures as line protocol or CSV, also while hostcast runs. */
export function exportCommand(context: CliContext): Command {
  const command = new Command('export').description(
    'Write figures as line protocol or CSV, also while hostcast runs.',
  );
  return addFolderFlags(command)
    .option('--backup <file>', 'export from this backup instead of the data folder')
    .addOption(
      new Option('--format <format>', 'line protocol or CSV').choices(['line', 'csv']).default('line'),
    )
    .option('--from <time>', 'from then on, such as -24h, 2026-11-22T18:00:00Z or epoch ms', parseTime)
    .option('--to <time>', 'before then, in the same forms', parseTime)
    .option('--host <name>', 'of this host only; may be given several times', addWord)
    .option('--measurement <name>', 'only this measurement; may be given several times', addWord)
    .option('-o, --output <file>', 'file to write instead of the standard output')
    .option('--force', 'replace the file where it is there already')
    .option('--quiet', 'say nothing but errors')
    .addHelpText('after', helpEnd)
    .action(async (flags: ExportFlags) => {
      const { dataFolder, influx } = configOf(command, context);
      const isElsewhere = influx !== undefined && flags.backup === undefined && !isStore(dataFolder);
      if (isElsewhere)
        throw new UserError(`the figures are in the InfluxDB at ${influx.url}: export them there`);
      const backup = flags.backup === undefined ? undefined : resolve(context.folder, flags.backup);
      await run(flags, backup === undefined ? { dataFolder } : { backup }, context);
    });
}

const helpEnd = `
It writes samples, which are kept for two days unless store.keep-samples says otherwise; the minutes that are made of
them are in backups.

Line protocol can be imported by POST /write of another hostcast, and by InfluxDB. All numbers are floats there, since
the store knows no other: 3i comes back as 3, true as 1. Write them into a database of their own, or an InfluxDB that
knows the field as an integer refuses them.

CSV is a table per measurement: time (UTC), its tags, its fields; a cell is empty where there is no value. With one
--measurement it goes to the standard output or into the file of -o. Otherwise -o names a new folder, and each
measurement gets a file in it. Cells are as they were measured: a text that begins with = is a formula to spreadsheets.

Examples:
  hostcast export --from -24h --host web-1 | gzip > web-1.lp.gz
  hostcast export --format csv --measurement cpu --from -1h -o cpu.csv
  hostcast export --format csv --backup hostcast-2026-11-22.tar -o tables
  hostcast export | curl --data-binary @- http://127.0.0.1:4679/write`;

async function run(
  flags: ExportFlags,
  source: Parameters<typeof withStore>[0],
  context: CliContext,
): Promise<void> {
  const selection = selectionOf(flags);
  const { format, output, quiet } = flags;
  const isFolder = format === 'csv' && selection.measurements.length !== 1;
  if (isFolder && output === undefined)
    throw new UserError('CSV is a table per measurement: name one by --measurement, or a folder by -o');
  const startedMs = performance.now();
  // On a terminal that shows the figures themselves there is no room for it.
  const progress = createProgress('export', quiet || (output === undefined && process.stdout.isTTY));
  const job = { flags, selection, progress, path: output && resolve(context.folder, output) };
  const result = await withUndo((onUndo) =>
    withStore(source, (store) => (isFolder ? toFolder(store, job, onUndo) : toOne(store, job, onUndo))),
  );
  progress.end();
  if (quiet) return;
  const text = `${output ?? 'Export'}: ${result.points} points of ${result.series} series, ${tookInWords(startedMs)}.\n`;
  if (output !== undefined) context.write(text);
  else if (process.stderr.isTTY) context.note(text);
  if (result.points === 0)
    context.note('Nothing was selected: see --from, --to, --host and --measurement.\n');
}

interface Job {
  readonly flags: ExportFlags;
  readonly selection: ExportSelection;
  readonly progress: Progress;
  /** Undefined for the standard output. */
  readonly path: string | undefined;
}

async function toOne(
  store: Database,
  { flags, selection, progress, path }: Job,
  onUndo: OnUndo,
): Promise<ExportResult> {
  const onSeries = progress.count('series');
  const write = async (sink: Sink): Promise<ExportResult> => {
    if (flags.format === 'line') return await exportLines(store, selection, sink, onSeries);
    const [table] = (await tablesOf(store, selection, onSeries)).values();
    return table ? await exportTable(store, selection, table, sink, onSeries) : { points: 0, series: 0 };
  };
  if (path === undefined) return await write(standardOutput(process.stdout));
  return await intoFile(path, flags.force ?? false, write, onUndo);
}

async function toFolder(
  store: Database,
  { flags, selection, progress, path }: Job,
  onUndo: OnUndo,
): Promise<ExportResult> {
  const onSeries = progress.count('series');
  const tables = await tablesOf(store, selection, onSeries);
  makeFolder(path!, flags.force ?? false, onUndo);
  let [points, series] = [0, 0];
  for (const table of tables.values()) {
    const write = (sink: Sink) => exportTable(store, selection, table, sink, onSeries);
    const file = join(path!, `${fileNameOf(table.measurement)}.csv`);
    const result = await intoFile(file, flags.force ?? false, write, onUndo);
    points += result.points;
    series += result.series;
  }
  return { points, series };
}

async function intoFile(
  path: string,
  force: boolean,
  write: (sink: Sink) => Promise<ExportResult>,
  onUndo: OnUndo,
): Promise<ExportResult> {
  const file = openOutput(path, force);
  onUndo(file.discard);
  const result = await write(file.sink);
  file.finish();
  return result;
}

function makeFolder(path: string, force: boolean, onUndo: OnUndo): void {
  try {
    const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!isThere) {
      mkdirSync(path, { mode: 0o750 });
      onUndo(() => rmSync(path, { recursive: true, force: true }));
    } else if (!force && readdirSync(path).length > 0)
      throw new Error('it is not empty, and there is no --force');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`the folder ${path} cannot be used: ${why}`, { cause });
  }
}

/** Any name as that of a file: what could lead elsewhere is percent-encoded, and what is long ends in its checksum. */
function fileNameOf(measurement: string): string {
  const name = encodeURIComponent(measurement).replace(/^\./, '%2E').replaceAll('*', '%2A');
  if (name.length <= longestName) return name;
  const checksum = createHash('sha256').update(measurement).digest('hex').slice(0, 16);
  return `${name.slice(0, longestName - 17)}-${checksum}`;
}

/** File systems take 255 octets, and `.csv` is behind it. */
const longestName = 200;

function selectionOf({ from, to, host = [], measurement = [] }: ExportFlags): ExportSelection {
  const fromMs = from ?? Number.NEGATIVE_INFINITY;
  const toMs = to ?? Number.POSITIVE_INFINITY;
  if (fromMs >= toMs) throw new UserError('--from has to be before --to');
  return { fromMs, toMs, hosts: [...new Set(host)], measurements: [...new Set(measurement)] };
}

function isStore(folder: string): boolean {
  return statSync(join(folder, 'meta.json'), { throwIfNoEntry: false }) !== undefined;
}

const unitMs = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);
const rfc3339 = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/i;

function parseTime(text: string): number {
  if (text === 'now') return Date.now();
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const [, count, unit] = /^-(\d{1,9})([smhdw])$/.exec(text) ?? [];
  if (unit !== undefined) return Date.now() - Number(count) * unitMs.get(unit)!;
  const timeMs = rfc3339.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (Number.isFinite(timeMs)) return timeMs;
  throw new InvalidArgumentError(
    'It looks like -24h (s, m, h, d, w), 2026-11-22T18:00:00Z, 2026-11-22 or epoch ms.',
  );
}

function addWord(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
