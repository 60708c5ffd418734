import type { HostRow } from '../live/snapshots.ts';

/** Hosts as one row: percentages as their mean, the fullest disk, and the sum of what flows, of load and of cores. */
export type Totals = Pick<
  HostRow,
  | ('cpu' | 'memory' | 'swap' | 'disk' | 'diskBusy' | 'load1' | 'cores')
  | ('netIn' | 'netOut' | 'diskRead' | 'diskWrite')
>;

/** The totals of those hosts that report; null where none of them knows a figure. */
export function totalsOf(hosts: readonly HostRow[]): Totals {
  const reporting = hosts.filter(isReporting);
  const sum = (key: keyof Totals): number | null => fold(reporting, key, (a, b) => a + b);
  const most = (key: keyof Totals): number | null => fold(reporting, key, Math.max);
  const mean = (key: keyof Totals): number | null => {
    const whole = sum(key);
    return whole === null ? null : whole / reporting.filter((row) => row[key] !== null).length;
  };
  return {
    cpu: mean('cpu'),
    memory: mean('memory'),
    swap: mean('swap'),
    disk: most('disk'),
    diskBusy: most('diskBusy'),
    load1: sum('load1'),
    cores: sum('cores'),
    netIn: sum('netIn'),
    netOut: sum('netOut'),
    diskRead: sum('diskRead'),
    diskWrite: sum('diskWrite'),
  };
}

/** Whether a host's figures are of now: those of others stand still, and would only pretend in a sum. */
export function isReporting({ state }: HostRow): boolean {
  return state === 'live' || state === 'delayed';
}

function fold(
  rows: readonly HostRow[],
  key: keyof Totals,
  join: (a: number, b: number) => number,
): number | null {
  return rows.reduce<number | null>((sum, { [key]: value }) => {
    if (value === null) return sum;
    return sum === null ? value : join(sum, value);
  }, null);
}
