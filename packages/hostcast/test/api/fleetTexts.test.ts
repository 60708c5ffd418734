import { expect, it } from 'vitest';
import { FleetTexts } from '../../src/api/fleetTexts.ts';
import type { FleetRow, FleetSnapshot } from '../../src/publish/snapshots.ts';

const row = (host: string, dc: string) =>
  [host, 'live', 1, 0, ...Array.from({ length: 12 }, () => null), { dc }] as unknown as FleetRow;

function snapshot(time: number): FleetSnapshot {
  const rows = [row('web-1', 'icn'), row('db-1', 'nrt')];
  return {
    time,
    intervalMs: 10_000,
    source: 'live',
    columns: [] as unknown as FleetSnapshot['columns'],
    rows,
  };
}

it('the fleet is written once per snapshot and scope, and each scope gets its own hosts', () => {
  const texts = new FleetTexts();
  const fleet = snapshot(1);
  const hosts = (text: Buffer) => JSON.parse(text.toString()).rows.map(([host]: FleetRow) => host);
  const all = texts.of(fleet, undefined);
  expect(hosts(all)).toEqual(['web-1', 'db-1']);
  expect(texts.of(fleet, undefined)).toBe(all);
  const own = texts.of(fleet, { hosts: ['web-*'] });
  expect(hosts(own)).toEqual(['web-1']);
  expect(texts.of(fleet, { hosts: ['web-*'] })).toBe(own);
  expect(hosts(texts.of(fleet, { tags: { dc: 'nrt' } }))).toEqual(['db-1']);
  expect(hosts(texts.of(fleet, { hosts: [] }))).toEqual([]);
  expect(JSON.parse(texts.of(snapshot(2), undefined).toString()).time).toBe(2);
});

it('of many scopes the newest are kept', () => {
  const texts = new FleetTexts();
  const fleet = snapshot(1);
  const first = texts.of(fleet, undefined);
  for (let i = 0; i < 63; i += 1) texts.of(fleet, { hosts: [`h${i}`] });
  expect(texts.of(fleet, undefined)).toBe(first);
  texts.of(fleet, { hosts: ['h63'] });
  expect(texts.of(fleet, undefined)).not.toBe(first);
});
