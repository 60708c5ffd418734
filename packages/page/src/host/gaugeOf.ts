import type { HostSnapshot } from 'hostcast/snapshots';

/** A value of a measurement without groups in the newest snapshot; null where it is not known. */
export function gaugeOf(
  snapshot: HostSnapshot | undefined,
  measurement: string,
  field: string,
): number | null {
  const value = snapshot?.panels[measurement]?.[field];
  return typeof value === 'number' ? value : null;
}

/** The fullest mount and how full it is, of all that the host reports. */
export function fullestMount(
  snapshot: HostSnapshot | undefined,
): { path: string; used: number | null; total: number | null; percent: number } | undefined {
  let fullest: ReturnType<typeof fullestMount>;
  for (const [path, fields] of Object.entries(snapshot?.panels.disk ?? {})) {
    if (typeof fields === 'number') continue;
    const percent = fields.used_percent;
    if (percent === undefined || (fullest && fullest.percent >= percent)) continue;
    fullest = { path, used: fields.used ?? null, total: fields.total ?? null, percent };
  }
  return fullest;
}
