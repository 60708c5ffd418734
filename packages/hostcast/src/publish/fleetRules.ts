import type { Selection, Tag } from '@hostcast/tsdb';
import { physicalDisks, physicalInterfaces } from '../metrics/catalogue.ts';
import { round } from './json.ts';
import { tagOf } from './readings.ts';
import type { FigureColumn } from './snapshots.ts';

/** How a column is made of what a host's series measure, now and in history. */
export interface FleetRule {
  readonly measurement: string;
  readonly field: string;
  /** Only series that carry these. */
  readonly tags?: readonly Tag[];
  /** Only series that this chooses by the values of a tag. */
  readonly among?: { readonly tag: string; readonly choose: (names: readonly string[]) => string[] };
  /** What is shown of several series. */
  readonly join: 'largest' | 'sum';
  /** From the joined figure to the one that is shown. */
  readonly show: (value: number) => number;
}

const disks = { tag: 'name', choose: physicalDisks };
const interfaces = { tag: 'interface', choose: physicalInterfaces };
const same = (value: number) => value;

export const fleetRules: Readonly<Record<FigureColumn, FleetRule>> = {
  cpu: {
    measurement: 'cpu',
    field: 'usage_idle',
    tags: [['cpu', 'cpu-total']],
    join: 'largest',
    show: (idle) => round(100 - idle),
  },
  memory: { measurement: 'mem', field: 'used_percent', join: 'largest', show: round },
  swap: { measurement: 'swap', field: 'used_percent', join: 'largest', show: round },
  disk: { measurement: 'disk', field: 'used_percent', join: 'largest', show: round },
  load1: { measurement: 'system', field: 'load1', join: 'largest', show: round },
  cores: { measurement: 'system', field: 'n_cpus', join: 'largest', show: same },
  diskRead: { measurement: 'diskio', field: 'read_bytes', among: disks, join: 'sum', show: round },
  diskWrite: { measurement: 'diskio', field: 'write_bytes', among: disks, join: 'sum', show: round },
  diskBusy: {
    measurement: 'diskio',
    field: 'io_time',
    among: disks,
    join: 'largest',
    show: (busyMsPerSecond) => round(Math.min(100, busyMsPerSecond / 10)),
  },
  netIn: { measurement: 'net', field: 'bytes_recv', among: interfaces, join: 'sum', show: round },
  netOut: { measurement: 'net', field: 'bytes_sent', among: interfaces, join: 'sum', show: round },
  uptime: { measurement: 'system', field: 'uptime', join: 'largest', show: same },
};

/** What the store is asked for a column. */
export function selectionOf({ measurement, field, tags }: FleetRule): Selection {
  return { measurement, fields: [field], ...(tags && { tags }) };
}

/**
 * Of one host's series those that a rule takes, by the thing that they measure: a disk that two write of, or whose
 * host has got another tag, is one disk.
 */
export function ruled<Series extends { readonly measurement: string; readonly tags: readonly Tag[] }>(
  { measurement, among }: FleetRule,
  series: readonly Series[],
): readonly (readonly Series[])[] {
  const own = series.filter((one) => one.measurement === measurement);
  if (among === undefined) return [own];
  const byName = new Map<string, Series[]>();
  for (const one of own) {
    const name = tagOf(one.tags, among.tag) ?? '';
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [one]);
    else same.push(one);
  }
  return among.choose([...byName.keys()]).map((name) => byName.get(name) ?? []);
}

/** The figure of a rule, where `values` are those of each thing; null where there is none. */
export function joined({ join, show }: FleetRule, values: readonly (readonly number[])[]): number | null {
  const largest = values.filter((ofOne) => ofOne.length > 0).map((ofOne) => Math.max(...ofOne));
  if (largest.length === 0) return null;
  return show(join === 'largest' ? Math.max(...largest) : largest.reduce((total, each) => total + each, 0));
}

/**
 * The same of history, where `things` are the columns of each thing and NaN is no figure: a value per bucket, or
 * undefined where there is none at all.
 */
export function joinedColumns(
  { join, show }: FleetRule,
  things: readonly (readonly Float64Array[])[],
  buckets: number,
): (number | null)[] | undefined {
  const whole = new Float64Array(buckets).fill(Number.NaN);
  for (const columns of things) {
    const [first, ...others] = columns;
    if (first === undefined) continue;
    const largest = others.length === 0 ? first : first.slice();
    for (const other of others) merge(largest, other, Math.max);
    merge(whole, largest, join === 'largest' ? Math.max : (one, another) => one + another);
  }
  const row = Array.from(whole, (value) => (Number.isNaN(value) ? null : show(value)));
  return row.every((value) => value === null) ? undefined : row;
}

function merge(into: Float64Array, from: Float64Array, join: (one: number, another: number) => number): void {
  for (let at = 0; at < into.length; at += 1) {
    const value = from[at] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const there = into[at]!;
    into[at] = Number.isNaN(there) ? value : join(there, value);
  }
}
