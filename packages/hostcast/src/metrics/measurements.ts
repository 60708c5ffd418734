/**
 * The catalogue's measurements, as they are stored and read: which tag tells their series apart, and which fields are
 * counters. What is a counter beyond them is said in `kinds.ts`.
 */

/** A gauge is shown as it is; of a counter the increase per second is shown. */
export type FieldKind = 'gauge' | 'counter';

/** One that has panels of its own. */
export interface Measurement {
  readonly name: string;
  /** The tag that tells its series apart; without one a host has a single series. */
  readonly groupBy?: string;
  /** Fields that only ever grow until the host restarts; every other field is a gauge. */
  readonly counters: readonly string[];
}

export const measurements: readonly Measurement[] = [
  { name: 'cpu', groupBy: 'cpu', counters: [] },
  { name: 'mem', counters: [] },
  { name: 'swap', counters: ['in', 'out'] },
  { name: 'system', counters: [] },
  { name: 'disk', groupBy: 'path', counters: [] },
  {
    name: 'diskio',
    groupBy: 'name',
    counters: [
      'reads',
      'writes',
      'read_bytes',
      'write_bytes',
      'read_time',
      'write_time',
      'io_time',
      'weighted_io_time',
      'merged_reads',
      'merged_writes',
    ],
  },
  {
    name: 'net',
    groupBy: 'interface',
    counters: [
      'bytes_sent',
      'bytes_recv',
      'packets_sent',
      'packets_recv',
      'err_in',
      'err_out',
      'drop_in',
      'drop_out',
    ],
  },
  { name: 'processes', counters: [] },
  {
    name: 'kernel',
    counters: ['context_switches', 'interrupts', 'processes_forked', 'disk_pages_in', 'disk_pages_out'],
  },
];

const byName = new Map(measurements.map((measurement) => [measurement.name, measurement]));

/** The measurement of that name, or undefined where the catalogue doesn't know it. */
export function measurementOf(name: string): Measurement | undefined {
  return byName.get(name);
}
