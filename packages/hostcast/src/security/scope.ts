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

/** `*` stands for any characters. In turns from the left: what follows a star is looked for once, never again. */
export function matchesName(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
