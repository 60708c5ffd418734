import type { LatestTable, Selection } from '@hostcast/tsdb';
import { physicalDisks, physicalInterfaces } from '../metrics/catalogue.ts';
import type { FieldKinds } from '../metrics/kinds.ts';
import type { Freshness } from './hostStates.ts';
import { round, toRecord } from './json.ts';
import { agreedTags, current, type Reading, readingsByHost, tagOf } from './readings.ts';
import type { FleetRow } from './snapshots.ts';

/** What the store is asked for the fleet's row of every host, each tick. */
export const fleetSelections: readonly Selection[] = [
  { measurement: 'cpu', tags: [['cpu', 'cpu-total']], fields: ['usage_idle'] },
  { measurement: 'mem', fields: ['used_percent'] },
  { measurement: 'swap', fields: ['used_percent'] },
  { measurement: 'system', fields: ['load1', 'n_cpus', 'uptime'] },
  { measurement: 'disk', fields: ['used_percent'] },
  { measurement: 'diskio', fields: ['read_bytes', 'write_bytes', 'io_time'] },
  { measurement: 'net', fields: ['bytes_recv', 'bytes_sent'] },
];

/** The fleet as the store has it: readings of the fleet's measurements by host. */
export type FleetReadings = ReadonlyMap<string, readonly Reading[]>;

export function readFleet(
  answers: readonly (readonly LatestTable[])[],
  expectedMs: (host: string) => number,
  kindOf: FieldKinds['kindOf'],
): FleetReadings {
  return readingsByHost(answers.flat(), expectedMs, kindOf);
}

/** What the rows take from elsewhere. */
export interface KnownOfHosts {
  freshnessOf(host: string): Freshness;
  expectedMs(host: string): number;
}

/** The rows of the fleet snapshot, sorted by host; `hosts` also holds those that have no reading. */
export function fleetRows(hosts: Iterable<string>, fleet: FleetReadings, known: KnownOfHosts): FleetRow[] {
  return [...hosts]
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((host) => {
      const freshness = known.freshnessOf(host);
      const readings = current(fleet.get(host) ?? [], freshness.seenMs ?? 0, known.expectedMs(host));
      return fleetRow(host, readings, freshness);
    });
}

function fleetRow(host: string, readings: readonly Reading[], freshness: Freshness): FleetRow {
  const idle = maximum(figures(readings, 'cpu', 'usage_idle'));
  const disks = ofGroups(readings, 'diskio', 'name', physicalDisks);
  const interfaces = ofGroups(readings, 'net', 'interface', physicalInterfaces);
  const busyMsPerSecond = maximum(figures(disks, 'diskio', 'io_time'));
  return [
    host,
    freshness.state,
    freshness.seenMs,
    freshness.skewMs,
    rounded(idle === null ? null : 100 - idle),
    rounded(maximum(figures(readings, 'mem', 'used_percent'))),
    rounded(maximum(figures(readings, 'swap', 'used_percent'))),
    rounded(maximum(figures(readings, 'disk', 'used_percent'))),
    rounded(maximum(figures(readings, 'system', 'load1'))),
    maximum(figures(readings, 'system', 'n_cpus')),
    rounded(sum(figures(disks, 'diskio', 'read_bytes'))),
    rounded(sum(figures(disks, 'diskio', 'write_bytes'))),
    rounded(busyMsPerSecond === null ? null : Math.min(100, busyMsPerSecond / 10)),
    rounded(sum(figures(interfaces, 'net', 'bytes_recv'))),
    rounded(sum(figures(interfaces, 'net', 'bytes_sent'))),
    maximum(figures(readings, 'system', 'uptime')),
    toRecord(agreedTags(readings)),
  ];
}

function ofGroups(
  readings: readonly Reading[],
  measurement: string,
  tag: string,
  choose: (names: readonly string[]) => string[],
): Reading[] {
  const own = readings.filter((reading) => reading.measurement === measurement);
  const chosen = new Set(choose(own.map((reading) => tagOf(reading.tags, tag) ?? '')));
  return own.filter((reading) => chosen.has(tagOf(reading.tags, tag) ?? ''));
}

function figures(readings: readonly Reading[], measurement: string, field: string): number[] {
  const values: number[] = [];
  for (const reading of readings) {
    if (reading.measurement !== measurement) continue;
    const figure = reading.fields.get(field);
    if (figure !== undefined) values.push(figure.value);
  }
  return values;
}

function maximum(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

function sum(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
}

function rounded(value: number | null): number | null {
  return value === null ? null : round(value);
}
