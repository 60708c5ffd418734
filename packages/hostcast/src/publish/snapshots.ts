import type { FieldUnit } from '../metrics/catalogue.ts';
import type { LeftOut } from './bounds.ts';

/** What hostcast says to the world: the bodies of `/topic/hosts`, `/topic/hosts.<host>`, and their HTTP twins. */

/** How fresh a host's data is; the rules are in `hostStates.ts`. */
export type HostState = 'live' | 'delayed' | 'stale' | 'gone';

interface Envelope {
  /** Epoch ms of the tick. */
  readonly time: number;
  readonly intervalMs: number;
  /** `live`, or in words why the store could not be asked. */
  readonly source: string;
}

/** Columns of the fleet snapshot that are figures of what hosts measure. */
export const figureColumns = [
  'cpu',
  'memory',
  'swap',
  'disk',
  'load1',
  'cores',
  'diskRead',
  'diskWrite',
  'diskBusy',
  'netIn',
  'netOut',
  'uptime',
] as const;

export type FigureColumn = (typeof figureColumns)[number];

export const fleetColumns = ['host', 'state', 'seenMs', 'skewMs', ...figureColumns, 'tags'] as const;

export type FleetColumn = (typeof fleetColumns)[number];

/** A row of the fleet: a cell per column of `fleetColumns`; null where a figure is not known. */
export type FleetRow = readonly [
  host: string,
  state: HostState,
  seenMs: number | null,
  skewMs: number | null,
  cpu: number | null,
  memory: number | null,
  swap: number | null,
  disk: number | null,
  load1: number | null,
  cores: number | null,
  diskRead: number | null,
  diskWrite: number | null,
  diskBusy: number | null,
  netIn: number | null,
  netOut: number | null,
  uptime: number | null,
  tags: Readonly<Record<string, string>>,
];

export interface FleetSnapshot extends Envelope {
  readonly columns: typeof fleetColumns;
  readonly rows: readonly FleetRow[];
}

/** Field name to value: gauges as measured, counters per second. */
export type Fields<Value> = { readonly [field: string]: Value };

/**
 * By measurement: its fields or, where its series are told apart by a tag, its groups and their fields, as in
 * `{"cpu":{"cpu-total":{"usage_user":7.1}},"mem":{"used_percent":48.1}}`.
 */
export type Panels<Value> = {
  readonly [measurement: string]: { readonly [fieldOrGroup: string]: Value | Fields<Value> };
};

/** What there is to say of panels that the catalogue doesn't know; left out where there is nothing. */
export interface PanelNotes {
  /** By measurement and field: in what it is shown. What is not named is a number. */
  readonly units?: { readonly [measurement: string]: Fields<FieldUnit> };
  /** By measurement: how many of its groups and fields are not among the panels, because there are too many. */
  readonly leftOut?: { readonly [measurement: string]: LeftOut };
}

export interface HostSnapshot extends Envelope, PanelNotes {
  readonly host: string;
  readonly state: HostState;
  /** Newest timestamp received, epoch ms: where the values belong on a time axis. */
  readonly seenMs: number | null;
  readonly skewMs: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly panels: Panels<number>;
}

export interface HostHistory extends PanelNotes {
  readonly host: string;
  /** Width of a bucket in ms. */
  readonly bucketMs: number;
  /** Starts of the buckets, epoch ms. */
  readonly times: readonly number[];
  /** Per field a value per bucket: gauges their mean, counters per second, null where there was no data. */
  readonly panels: Panels<readonly (number | null)[]>;
}

/** What `GET /api/hosts/history` answers. */
export interface FleetHistory {
  /** Width of a bucket in ms. */
  readonly bucketMs: number;
  /** Starts of the buckets, epoch ms. */
  readonly times: readonly number[];
  /** By host and column of the fleet a value per bucket; hosts and columns without any are left out. */
  readonly hosts: { readonly [host: string]: { readonly [column: string]: readonly (number | null)[] } };
}
