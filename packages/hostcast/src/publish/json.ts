/** Three decimals, or four digits of what is below 1: more than the page shows, and a third of the octets. */
export function round(value: number): number {
  return Math.abs(value) < 1 ? Number(value.toPrecision(4)) : Math.round(value * 1_000) / 1_000;
}

/** A record that JSON.stringify writes whole whatever the keys are, `__proto__` too. */
export function toRecord<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  const record: Record<string, Value> = Object.create(null);
  for (const [key, value] of entries) record[key] = value;
  return record;
}
