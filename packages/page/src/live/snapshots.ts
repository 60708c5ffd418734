import type { FleetColumn, HostHistory, HostSnapshot, HostState } from 'hostcast/snapshots';
import { isNews } from './age.ts';

/** A host's state as far as it is known: nobody knows of those that go by a store that does not answer. */
export type KnownState = HostState | 'unknown';

/** A host's line in the fleet, by name instead of by position. */
export interface HostRow {
  readonly host: string;
  readonly state: KnownState;
  readonly seenMs: number | null;
  readonly skewMs: number | null;
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly swap: number | null;
  readonly disk: number | null;
  readonly load1: number | null;
  readonly cores: number | null;
  readonly diskRead: number | null;
  readonly diskWrite: number | null;
  readonly diskBusy: number | null;
  readonly netIn: number | null;
  readonly netOut: number | null;
  readonly uptime: number | null;
  readonly tags: readonly (readonly [string, string])[];
}

export interface Fleet {
  readonly time: number;
  readonly intervalMs: number;
  readonly source: string;
  readonly hosts: readonly HostRow[];
}

const states: readonly string[] = ['live', 'delayed', 'stale', 'gone'] satisfies HostState[];

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isState(value: unknown): value is HostState {
  return typeof value === 'string' && states.includes(value);
}

function figure(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** The key-value pairs of a host's global tags, sorted by key. */
export function tagList(tags: unknown): (readonly [string, string])[] {
  if (!isRecord(tags)) return [];
  return Object.entries(tags)
    .map(([key, value]) => [key, String(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

interface Envelope extends Record<string, unknown> {
  time: number;
  intervalMs: number;
  source: string;
}

function hasEnvelope(body: unknown): body is Envelope {
  return (
    isRecord(body) &&
    typeof body.time === 'number' &&
    typeof body.intervalMs === 'number' &&
    typeof body.source === 'string'
  );
}

/**
 * Reads a body of `/topic/hosts`, by the names of its columns, so that a newer server may add some; undefined
 * where it is none. While the store could not be asked, the states of hosts that send no news are not known.
 */
export function readFleet(body: unknown): Fleet | undefined {
  if (!hasEnvelope(body)) return undefined;
  const { columns, rows } = body;
  if (!Array.isArray(columns) || !Array.isArray(rows)) return undefined;
  const at = new Map<string, number>(columns.map((column, index) => [column, index]));
  const hosts: HostRow[] = [];
  for (const row of rows) {
    if (!Array.isArray(row)) continue;
    const cells: readonly unknown[] = row;
    const host = readRow((column) => cells[at.get(column) ?? -1]);
    if (host) hosts.push(body.source === 'live' || isNews(host, body) ? host : { ...host, state: 'unknown' });
  }
  return { time: body.time, intervalMs: body.intervalMs, source: body.source, hosts };
}

function readRow(cell: (column: FleetColumn) => unknown): HostRow | undefined {
  const host = cell('host');
  const state = cell('state');
  if (typeof host !== 'string' || !isState(state)) return undefined;
  return {
    host,
    state,
    seenMs: figure(cell('seenMs')),
    skewMs: figure(cell('skewMs')),
    cpu: figure(cell('cpu')),
    memory: figure(cell('memory')),
    swap: figure(cell('swap')),
    disk: figure(cell('disk')),
    load1: figure(cell('load1')),
    cores: figure(cell('cores')),
    diskRead: figure(cell('diskRead')),
    diskWrite: figure(cell('diskWrite')),
    diskBusy: figure(cell('diskBusy')),
    netIn: figure(cell('netIn')),
    netOut: figure(cell('netOut')),
    uptime: figure(cell('uptime')),
    tags: tagList(cell('tags')),
  };
}

/** Whether it is a body of `/topic/hosts.<host>`. */
export function isHostSnapshot(body: unknown): body is HostSnapshot {
  return (
    isRecord(body) &&
    hasEnvelope(body) &&
    typeof body.host === 'string' &&
    isState(body.state) &&
    isRecord(body.panels)
  );
}

/** Whether it is an answer of `/api/hosts/:host/history`. */
export function isHostHistory(body: unknown): body is HostHistory {
  return (
    isRecord(body) && typeof body.bucketMs === 'number' && Array.isArray(body.times) && isRecord(body.panels)
  );
}

/** The past of the fleet: by host and column a value per time; null where there was no data. */
export interface FleetPast {
  readonly times: readonly number[];
  readonly hosts: ReadonlyMap<string, ReadonlyMap<string, readonly (number | null)[]>>;
}

/** Reads an answer of `/api/hosts/history`; undefined where it is none. */
export function readFleetPast(body: unknown): FleetPast | undefined {
  if (!isRecord(body) || !Array.isArray(body.times) || !isRecord(body.hosts)) return undefined;
  const hosts = Object.entries(body.hosts).map(([host, columns]) => {
    const read = Object.entries(isRecord(columns) ? columns : {}).map(
      ([column, values]) => [column, Array.isArray(values) ? values.map(figure) : []] as const,
    );
    return [host, new Map(read)] as const;
  });
  return { times: body.times.map(Number), hosts: new Map(hosts) };
}
