import type { HostRow } from '../live/snapshots.ts';

/** How grave a figure is: nothing to say, high, or too high. */
export type Gravity = '' | 'warn' | 'critical';

/** What is judged. */
export type MeterKind = 'cpu' | 'memory' | 'swap' | 'disk' | 'diskBusy';

/**
 * From which percentage a meter warns, and from which it is critical; chosen so that colour means something to do.
 * CPU: a machine at 70 % is well used; requests begin to wait from about 80, and from 95 there is nothing left.
 * Memory: caches that can be given up don't count as used, so 85 is really used, and from 95 processes get killed.
 * Disk: from 80 there is time to make room, from 90 little; above, file systems slow down, and full ones stop writing.
 * Swap: a few pages always rest there; half of it in use says that memory is too small, 80 that it runs out.
 * Busy: disks that do much at once (NVMe, RAID) are busy all the time before they are at their limit: only a warning.
 */
const limits: Readonly<Record<MeterKind, readonly [warn: number, critical: number]>> = {
  cpu: [80, 95],
  memory: [85, 95],
  swap: [50, 80],
  disk: [80, 90],
  diskBusy: [90, Infinity],
};

const meterKinds: readonly MeterKind[] = ['disk', 'memory', 'cpu', 'swap', 'diskBusy'];

/** How grave a percentage of its kind is. */
export function gravity(kind: MeterKind, percent: number | null | undefined): Gravity {
  return judged(percent, limits[kind]);
}

type Loaded = Pick<HostRow, 'load1' | 'cores'>;

/** How grave a load is: more than one per core is too much, two is far too much. */
export function loadGravity(load: Loaded): Gravity {
  return judged(loadPerCore(load), [1, 2]);
}

/** Load for each core; null where one of the two is not known. */
export function loadPerCore({ load1, cores }: Loaded): number | null {
  return load1 === null || cores === null || cores === 0 ? null : load1 / cores;
}

/** What is said of a host, and by which of its meters. */
interface HostGravity {
  readonly gravity: Gravity;
  readonly kinds: readonly (MeterKind | 'load')[];
}

/** Order, counts and the tab all ask it of each host of a snapshot. */
const known = new WeakMap<HostRow, HostGravity>();

/** The gravest of what a host's meters say, and which say it; nothing of a host that is silent: its figures stand still. */
export function hostGravity(row: HostRow): HostGravity {
  const found = known.get(row) ?? gravestOf(row);
  known.set(row, found);
  return found;
}

function gravestOf(row: HostRow): HostGravity {
  if (row.state !== 'live' && row.state !== 'delayed') return { gravity: '', kinds: [] };
  const judgements = [
    ...meterKinds.map((kind) => [kind, gravity(kind, row[kind])] as const),
    ['load', loadGravity(row)] as const,
  ];
  const gravest = (['critical', 'warn'] as const).find((each) => judgements.some(([, it]) => it === each));
  if (!gravest) return { gravity: '', kinds: [] };
  return { gravity: gravest, kinds: judgements.filter(([, it]) => it === gravest).map(([kind]) => kind) };
}

function judged(value: number | null | undefined, [warn, critical]: readonly [number, number]): Gravity {
  if (value === null || value === undefined || value < warn) return '';
  return value < critical ? 'warn' : 'critical';
}
