import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type Database, openDatabase } from '../src/database.ts';
import type { DatabaseEvent, DatabaseOptions } from '../src/options.ts';
import type { Field, Point, Tag } from '../src/point.ts';

const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

/** A folder that is gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsdb-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database that is closed after the test, with windows of a minute and its events in a list. */
export function open(options: DatabaseOptions): Database & { events: DatabaseEvent[] } {
  const events: DatabaseEvent[] = [];
  const database = openDatabase({
    windowMs: 60_000,
    durability: 'process',
    now: () => noon,
    onEvent: (event) => events.push(event),
    ...options,
  });
  undo.push(() => database.close());
  return Object.assign(database, { events });
}

/** 2026-01-02T12:00:00Z, the start of a window. */
export const noon = Date.UTC(2026, 0, 2, 12);

/** A point of `cpu` on `web-1`, or of other tags; whole and broken numbers are floats. */
export function point(
  timeMs: number,
  values: Readonly<Record<string, number | string | boolean>>,
  tags: readonly Tag[] = [['host', 'web-1']],
  measurement = 'cpu',
): Point {
  return {
    measurement,
    tags,
    timeMs,
    fields: Object.entries(values).map(([name, value]) => field(name, value)),
  };
}

function field(name: string, value: number | string | boolean): Field {
  const type = typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'float';
  return { name, type, value };
}

/** Works until there is nothing left to maintain at once. */
export function maintainAll(database: Database): void {
  while (database.maintain());
}
