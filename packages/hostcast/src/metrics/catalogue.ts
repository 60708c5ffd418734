/**
 * The catalogue: the one vocabulary shared by queries, snapshots, history and charts. Names of measurements,
 * fields and tags are Telegraf's. A measurement that is not in it still gets a panel, made from its fields.
 * No imports: the page bundles this file. What the server alone needs of its measurements is in `measurements.ts`.
 */

/** What a figure is measured in: decides the axis, the rounding and the words around it. */
export type Unit =
  | 'percent'
  | 'bytes'
  | 'bytesPerSecond'
  | 'perSecond'
  | 'count'
  | 'load'
  | 'seconds'
  | 'celsius'
  | 'number';

/** In what unit a field is shown, and what its figures are multiplied by to be in it. */
export interface FieldUnit {
  readonly unit: Unit;
  /** Left out: 1. */
  readonly scale?: number;
}

/** The colour a series always has, on every panel (see the page's palette). */
export type SeriesRole =
  | 'user'
  | 'system'
  | 'iowait'
  | 'steal'
  | 'irq'
  | 'softirq'
  | 'nice'
  | 'used'
  | 'buffers'
  | 'cached'
  | 'in'
  | 'out'
  | 'errors'
  | 'total'
  | 'other';

export interface PanelSeries {
  readonly field: string;
  readonly label: string;
  readonly role: SeriesRole;
  /** Drawn below zero: what leaves the host. */
  readonly below?: true;
  /** Shown as this number minus the value: `usage_idle` becomes what is used. */
  readonly subtractFrom?: number;
  /** Multiplied by this: `io_time` in ms per second becomes percent of the time with 0.1. */
  readonly scale?: number;
  /** A dashed limit line, not part of the stack. */
  readonly limit?: true;
}

export interface Panel {
  /** Stable: used in URLs and translations. */
  readonly id: string;
  readonly measurement: string;
  readonly title: string;
  readonly unit: Unit;
  readonly draw: 'stack' | 'line';
  readonly series: readonly PanelSeries[];
  /** Which groups it draws: exactly one by value, or each by a rule of names. Left out where there are none. */
  readonly groups?: { readonly only: string } | { readonly each: 'all' | 'cores' | 'disks' | 'interfaces' };
  /** The y axis ends here: 100 for percentages. */
  readonly max?: number;
}

export const panels: readonly Panel[] = [
  {
    id: 'cpu',
    measurement: 'cpu',
    title: 'CPU',
    unit: 'percent',
    draw: 'stack',
    max: 100,
    groups: { only: 'cpu-total' },
    series: [
      { field: 'usage_user', label: 'user', role: 'user' },
      { field: 'usage_nice', label: 'nice', role: 'nice' },
      { field: 'usage_system', label: 'system', role: 'system' },
      { field: 'usage_iowait', label: 'iowait', role: 'iowait' },
      { field: 'usage_irq', label: 'irq', role: 'irq' },
      { field: 'usage_softirq', label: 'softirq', role: 'softirq' },
      { field: 'usage_steal', label: 'steal', role: 'steal' },
    ],
  },
  {
    id: 'cpu-cores',
    measurement: 'cpu',
    title: 'CPU by core',
    unit: 'percent',
    draw: 'line',
    max: 100,
    groups: { each: 'cores' },
    series: [{ field: 'usage_idle', label: 'used', role: 'used', subtractFrom: 100 }],
  },
  {
    id: 'load',
    measurement: 'system',
    title: 'Load',
    unit: 'load',
    draw: 'line',
    series: [
      { field: 'load1', label: '1 min', role: 'used' },
      { field: 'load5', label: '5 min', role: 'out' },
      { field: 'load15', label: '15 min', role: 'iowait' },
      { field: 'n_cpus', label: 'cores', role: 'total', limit: true },
    ],
  },
  {
    id: 'memory',
    measurement: 'mem',
    title: 'Memory',
    unit: 'bytes',
    draw: 'stack',
    series: [
      { field: 'used', label: 'used', role: 'used' },
      { field: 'buffered', label: 'buffers', role: 'buffers' },
      { field: 'cached', label: 'cached', role: 'cached' },
      { field: 'total', label: 'total', role: 'total', limit: true },
    ],
  },
  {
    id: 'swap',
    measurement: 'swap',
    title: 'Swap',
    unit: 'bytes',
    draw: 'stack',
    series: [
      { field: 'used', label: 'used', role: 'used' },
      { field: 'total', label: 'total', role: 'total', limit: true },
    ],
  },
  {
    id: 'disk',
    measurement: 'disk',
    title: 'Disk use',
    unit: 'percent',
    draw: 'line',
    max: 100,
    groups: { each: 'all' },
    series: [{ field: 'used_percent', label: 'used', role: 'used' }],
  },
  {
    id: 'diskio',
    measurement: 'diskio',
    title: 'Disk I/O',
    unit: 'bytesPerSecond',
    draw: 'line',
    groups: { each: 'disks' },
    series: [
      { field: 'read_bytes', label: 'read', role: 'in' },
      { field: 'write_bytes', label: 'write', role: 'out', below: true },
    ],
  },
  {
    id: 'diskio-busy',
    measurement: 'diskio',
    title: 'Disk busy',
    unit: 'percent',
    draw: 'line',
    max: 100,
    groups: { each: 'disks' },
    series: [{ field: 'io_time', label: 'busy', role: 'used', scale: 0.1 }],
  },
  {
    id: 'net',
    measurement: 'net',
    title: 'Network',
    unit: 'bytesPerSecond',
    draw: 'line',
    groups: { each: 'interfaces' },
    series: [
      { field: 'bytes_recv', label: 'in', role: 'in' },
      { field: 'bytes_sent', label: 'out', role: 'out', below: true },
    ],
  },
  {
    id: 'processes',
    measurement: 'processes',
    title: 'Processes',
    unit: 'count',
    draw: 'line',
    series: [
      { field: 'running', label: 'running', role: 'used' },
      { field: 'blocked', label: 'blocked', role: 'errors' },
      { field: 'zombies', label: 'zombies', role: 'iowait' },
    ],
  },
  {
    id: 'kernel',
    measurement: 'kernel',
    title: 'Kernel',
    unit: 'perSecond',
    draw: 'line',
    series: [
      { field: 'context_switches', label: 'context switches', role: 'used' },
      { field: 'interrupts', label: 'interrupts', role: 'system' },
      { field: 'processes_forked', label: 'forks', role: 'iowait' },
    ],
  },
];

const drawn = new Set(panels.map(({ measurement }) => measurement));

/** Whether the catalogue has panels of a measurement: of any other they are made from its fields. */
export function hasPanels(measurement: string): boolean {
  return drawn.has(measurement);
}

const notADisk = /^(loop|ram|zram|dm-|md|sr|fd|nbd|zd|mtdblock)/;
const partition = /^((?:s|h|v|xv)d[a-z]+)\d+$|^((?:nvme\d+n\d+|mmcblk\d+|nbd\d+|disk\d+))(?:p|s)\d+$/;

/**
 * The whole physical disks among block device names: no partition (unless its disk is not listed, as on some
 * cloud machines), no loop, ram, device mapper, md, optical or network block device.
 */
export function physicalDisks(names: readonly string[]): string[] {
  const all = new Set(names);
  return names.filter((name) => {
    if (notADisk.test(name)) return false;
    const match = partition.exec(name);
    const disk = match?.[1] ?? match?.[2];
    return disk === undefined || !all.has(disk);
  });
}

const notAnInterface =
  /^(lo\d*$|all$|veth|docker|br-|br\d|bridge|virbr|vnet|vmnet|cni|flannel|cali|cilium|lxc|lxd|podman|kube|nodelocaldns|dummy|ifb|tun|tap|wg|tailscale|zt|bond|team|sit|gre|ip6|tunl|isatap|teredo|loopback|utun|awdl|llw|gif|stf|anpi|epair|pflog)|[.@:]/i;

/** The physical interfaces among interface names: no loopback, bridge, veth, tunnel, VLAN, bond, docker, `all`. */
export function physicalInterfaces(names: readonly string[]): string[] {
  return names.filter((name) => !notAnInterface.test(name));
}

/** The groups of a panel among those that a host has. */
export function panelGroups(panel: Panel, groups: readonly string[]): string[] {
  if (panel.groups === undefined) return [];
  if ('only' in panel.groups) {
    const { only } = panel.groups;
    return groups.filter((group) => group === only);
  }
  switch (panel.groups.each) {
    case 'cores':
      return groups.filter((group) => group !== 'cpu-total');
    case 'disks':
      return physicalDisks(groups);
    case 'interfaces':
      return physicalInterfaces(groups);
    case 'all':
      return [...groups];
  }
}
