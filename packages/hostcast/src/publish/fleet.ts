import type { LatestTable, Selection } from '@hostcast/tsdb';
import type { FieldKinds } from '../metrics/kinds.ts';
import { type FleetRule, fleetRules, joined, ruled, selectionOf } from './fleetRules.ts';
import type { Freshness } from './hostStates.ts';
import { toRecord } from './json.ts';
import { agreedTags, current, type Reading, readingsByHost } from './readings.ts';
import type { FigureColumn, FleetRow } from './snapshots.ts';

/** What the store is asked for the fleet's row of every host, each tick. */
export const fleetSelections: readonly Selection[] = selections();

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
  const of = (column: FigureColumn) => figureOf(fleetRules[column], readings);
  return [
    host,
    freshness.state,
    freshness.seenMs,
    freshness.skewMs,
    of('cpu'),
    of('memory'),
    of('swap'),
    of('disk'),
    of('load1'),
    of('cores'),
    of('diskRead'),
    of('diskWrite'),
    of('diskBusy'),
    of('netIn'),
    of('netOut'),
    of('uptime'),
    toRecord(agreedTags(readings)),
  ];
}

function figureOf(rule: FleetRule, readings: readonly Reading[]): number | null {
  const figures = ruled(rule, readings).map((ofOne) =>
    ofOne.flatMap(({ fields }) => fields.get(rule.field)?.value ?? []),
  );
  return joined(rule, figures);
}

/** One for each measurement, with all that the columns want of it. */
function selections(): Selection[] {
  const byMeasurement = new Map<string, Selection>();
  for (const rule of Object.values(fleetRules)) {
    const before = byMeasurement.get(rule.measurement);
    const fields = [...(before?.fields ?? []), rule.field];
    byMeasurement.set(rule.measurement, { ...selectionOf(rule), fields });
  }
  return [...byMeasurement.values()];
}
