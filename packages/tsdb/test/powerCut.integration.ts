import { describe, expect, it } from 'vitest';
import type { Database } from '../src/database.ts';
import type { DatabaseOptions } from '../src/options.ts';
import type { Point } from '../src/point.ts';
import { newFolder, noon, open, point } from './folder.ts';
import { type Crash, crashes, type MemoryDisk, memoryDisk } from './memoryDisk.ts';

const hosts = ['a', 'b', 'c'];
const windowMs = 10_000;
const retentionMs = 20_000;
const ticks = 44;

/** The disks that a run leaves when it crashes before one of its operations, and what was acknowledged by then. */
interface Moment {
  readonly operation: string;
  readonly acknowledged: number;
  readonly disks: ReadonlyMap<Crash, MemoryDisk>;
}

function tickOf(tick: number): Point[] {
  // Every eighth tick of one host comes late, in a window that may be sealed already.
  return hosts.map((host) => {
    const late = host === 'c' && tick % 8 === 7 ? 12 : 0;
    return pointOf(host, tick - late, late > 0);
  });
}

function pointOf(host: string, tick: number, isLate: boolean): Point {
  const values = { n: tick, third: tick / 3, text: `${host} ${tick}`, ...(isLate && { late: 1 }) };
  return point(noon + tick * 1000, values, [['host', host]]);
}

/** Writes a tick a second, sealing, merging and dropping as it goes, and looks at the disk before each change. */
function run(options: DatabaseOptions, kinds: readonly Crash[]): Moment[] {
  const disk = memoryDisk();
  const moments: Moment[] = [];
  let now = noon;
  let acknowledged = -1;
  disk.onChange = (operation) => {
    const disks = new Map(kinds.map((kind) => [kind, disk.after(kind)] as const));
    moments.push({ operation, acknowledged, disks });
  };
  const database = open({ ...options, disk, now: () => now });
  for (let tick = 0; tick < ticks; tick++) {
    now = noon + tick * 1000;
    database.append(tickOf(tick));
    database.commit();
    acknowledged = tick;
    database.maintain();
  }
  database.close();
  return moments;
}

/** What is there, `host tick`; each is checked to have the values it was written with. */
function pointsIn(database: Database): Set<string> {
  const found = new Set<string>();
  for (const { tags, times, columns, texts } of database.read({}, 0, noon + 1e9)) {
    const host = tags[0]![1];
    times.forEach((timeMs, row) => {
      const tick = (timeMs - noon) / 1000;
      const read = [columns.get('n')![row], columns.get('third')![row], texts.get('text')![row]];
      expect(read).toEqual([tick, tick / 3, `${host} ${tick}`]);
      found.add(`${host} ${tick}`);
    });
  }
  return found;
}

/** What must be there after the last acknowledged tick: all of it that the retention has not reached. */
function acknowledgedBy(last: number): string[] {
  const written = Array.from({ length: last + 1 }, (_, tick) => tickOf(tick)).flat();
  const oldestMs = noon + (last + 1) * 1000 - retentionMs + windowMs;
  return written
    .filter(({ timeMs }) => timeMs >= oldestMs)
    .map(({ tags, timeMs }) => `${tags[0]![1]} ${(timeMs - noon) / 1000}`);
}

const written = new Set(
  Array.from({ length: ticks }, (_, tick) => tickOf(tick))
    .flat()
    .map(nameOf),
);

function nameOf({ tags, timeMs }: Point): string {
  return `${tags[0]![1]} ${(timeMs - noon) / 1000}`;
}

/** Opens what the crash left, checks it, and goes on writing on it. */
function checkMoment({ acknowledged }: Moment, options: DatabaseOptions, disk: MemoryDisk): MemoryDisk {
  const now = noon + (acknowledged + 2) * 1000;
  const database = open({ ...options, disk, now: () => now });
  const found = pointsIn(database);
  expect(acknowledgedBy(acknowledged).filter((name) => !found.has(name))).toEqual([]);
  expect([...found].filter((name) => !written.has(name))).toEqual([]);
  database.append([pointOf('a', acknowledged + 2, false)]);
  database.commit();
  const left = disk.after(options.durability === 'disk' ? 'lost' : 'killed');
  while (database.maintain());
  database.close();
  return left;
}

/** After a crash at any moment, and after another one right behind the next commit. */
function checkAll(moments: readonly Moment[], options: DatabaseOptions): void {
  for (const moment of moments) {
    for (const [kind, disk] of moment.disks) {
      try {
        const left = checkMoment(moment, options, disk);
        const again = open({ ...options, disk: left, now: () => noon + (moment.acknowledged + 2) * 1000 });
        const found = pointsIn(again);
        const all = [
          ...acknowledgedBy(moment.acknowledged),
          nameOf(pointOf('a', moment.acknowledged + 2, false)),
        ];
        expect(all.filter((name) => !found.has(name))).toEqual([]);
        again.close();
      } catch (cause) {
        const at = `before "${moment.operation}", after tick ${moment.acknowledged}`;
        throw new Error(`${kind} ${at}: ${cause instanceof Error ? cause.message : cause}`, { cause });
      }
    }
  }
}

describe('whatever it was doing when it stopped', () => {
  const base = { windowMs, retentionMs, restMs: 0 };

  it('a power cut takes nothing that was acknowledged, where the disk is to be survived', {
    timeout: 120_000,
  }, () => {
    const options = { ...base, folder: newFolder(), durability: 'disk' as const };
    const moments = run(options, crashes);
    const operations = new Set(moments.map(({ operation }) => operation.replace(/ .*/, '')));
    expect([...operations].sort()).toEqual(['create', 'remove', 'rename', 'sync', 'write']);
    checkAll(moments, options);
  });

  it('the end of the process takes nothing that was acknowledged, where only that is to be survived', {
    timeout: 120_000,
  }, () => {
    const options = { ...base, folder: newFolder(), durability: 'process' as const };
    checkAll(run(options, ['killed']), options);
  });
});
