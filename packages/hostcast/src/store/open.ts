import type { Logger } from 'pino';
import type { CommandLine } from '../commandLine.ts';
import type { Config, InfluxConfig } from '../config/config.ts';
import { UserError } from '../config/userError.ts';
import { openEmbeddedStore } from './embedded.ts';
import { createInfluxClient } from './influx/client.ts';
import { listDatabases } from './influx/databases.ts';
import { openInfluxStore } from './influx/store.ts';
import { type MetricStore, StoreError } from './metricStore.ts';
import { logStoreEvent } from './storeEvents.ts';
import { openTee } from './tee/open.ts';

/** One request to InfluxDB may take this long; one of a tick at most the interval. */
const influxTimeoutMs = 5_000;

export interface OpenOptions {
  readonly log: Logger;
  /** Called once when the store can do nothing any more. */
  readonly onFailure: (error: Error) => void;
  /** Told how long the disk took each time, where the store is embedded; ms. */
  readonly onCommit?: (tookMs: number) => void;
}

/**
 * Opens the store that the configuration names: InfluxDB, or the embedded one in its data folder.
 * @throws UserError where the folder can't be used or no database is named; the message says what to do
 */
export async function openStore(config: Config, options: OpenOptions): Promise<MetricStore> {
  if (config.influx === undefined) return openDataFolder(config, options);
  const { database, ...influx } = config.influx;
  if (database === undefined) throw await whichDatabase(config.influx, config.commandLine);
  const { intervalMs, limits, metrics: kinds, dataFolder } = config;
  const { bufferBytes, ...server } = influx;
  const reading = { ...server, database, intervalMs, timeoutMs: influxTimeoutMs, limits, kinds };
  if (bufferBytes === undefined) return openInfluxStore(reading);
  const { log, onCommit } = options;
  return inDataFolder(
    config,
    openTee({ ...reading, dataFolder, bufferBytes, log, ...(onCommit && { onCommit }) }),
  );
}

function openDataFolder(config: Config, { log, onFailure, onCommit }: OpenOptions): Promise<MetricStore> {
  const { dataFolder, intervalMs, limits, metrics: kinds } = config;
  const { durability, percentDecimals, ...retention } = config.store;
  const store = openEmbeddedStore({
    folder: dataFolder,
    intervalMs,
    limits: { series: limits.series, seriesPerHost: limits.seriesPerHost, hosts: limits.hosts },
    kinds,
    durability,
    retention,
    ...(percentDecimals !== undefined && { percentDecimals }),
    onEvent: (event) => logStoreEvent(log, event),
    onFailure,
    ...(onCommit && { onCommit }),
  });
  return inDataFolder(config, store);
}

/** What is wrong with the folder, with what to do about it. */
async function inDataFolder({ commandLine }: Config, opening: Promise<MetricStore>): Promise<MetricStore> {
  try {
    return await opening;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new UserError(
      `${error.message}\nAnother folder is chosen by:\n\n  ${commandLine.with({ '--data': '<folder>' })}\n`,
    );
  }
}

/** The refusal to choose a database, with those that there are and the hosts in them. */
async function whichDatabase(influx: InfluxConfig, commandLine: CommandLine): Promise<UserError> {
  const client = createInfluxClient({ ...influx, timeoutMs: influxTimeoutMs });
  try {
    const databases = await listDatabases(client);
    const opening = (name: string) => commandLine.with({ '--influx-db': name });
    if (databases.length === 0) {
      return new UserError(
        `InfluxDB at ${influx.url} has no database yet. Name the one Telegraf writes to:\n\n  ${opening('telegraf')}\n`,
      );
    }
    const list = databases.map(({ name, hosts }) => `  ${name}   ${hostsInWords(hosts)}`).join('\n');
    const fullest = [...databases].sort((a, b) => b.hosts.length - a.hosts.length)[0]!;
    return new UserError(
      `--influx-db is missing. InfluxDB at ${influx.url} has:\n\n${list}\n\nFor example:\n\n  ${opening(fullest.name)}\n`,
    );
  } catch (error) {
    if (error instanceof StoreError)
      return new UserError(`${error.message}\nIs --influx-url right, and does InfluxDB run?`);
    throw error;
  } finally {
    client.close();
  }
}

function hostsInWords(hosts: readonly string[]): string {
  if (hosts.length === 0) return 'no hosts';
  const shown = hosts.slice(0, 5).join(', ');
  return `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}: ${shown}${hosts.length > 5 ? ', …' : ''}`;
}
