import { matchesName } from '../namePattern.ts';
import type { FleetSnapshot } from '../publish/snapshots.ts';
import type { Scope } from './principal.ts';

type Tags = Readonly<Record<string, string>>;

/** Whether a host of this name may be in the scope: its tags may yet say no. */
export function seesName(scope: Scope | undefined, host: string): boolean {
  return scope?.hosts === undefined || scope.hosts.some((pattern) => matchesName(pattern, host));
}

/** Whether a host with this name and these tags is in the scope. */
export function seesHost(scope: Scope | undefined, host: string, tags: Tags): boolean {
  if (!seesName(scope, host)) return false;
  return Object.entries(scope?.tags ?? {}).every(
    ([key, value]) => Object.hasOwn(tags, key) && tags[key] === value,
  );
}

/** The fleet as somebody with this scope may see it. */
export function fleetInScope(fleet: FleetSnapshot, scope: Scope | undefined): FleetSnapshot {
  if (scope === undefined) return fleet;
  return { ...fleet, rows: fleet.rows.filter((row) => seesHost(scope, row[0], row[16])) };
}
