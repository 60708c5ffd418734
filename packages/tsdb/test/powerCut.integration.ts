import { describe, expect, it } from 'vitest';
import type { Database } from '../src/database.ts';
import type { DatabaseOptions } from '../src/options.ts';
import type { Point } from '../src/point.ts';
import { newFolder, noon, open, point } from './folder.ts';
import { type Crash, crashes, type MemoryDisk, memoryDisk } from './memoryDisk.ts';

const hosts = ['a', 'b', 'c'];
const tickMs = 15_000;
const minuteTicks = 4;
const retentionMs = 600_000;
/** 25 minutes: blocks of ten are merged and rolled up, and the first one's samples expire. */
const ticks = 100;
const base = { windowMs: 120_000, blockMs: 600_000, dayMs: 600_000, retentionMs, restMs: 0 };

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
  return point(noon + tick * tickMs, values, [['host', host]]);
}

/** Writes a tick a second, sealing, merging and dropping as it goes, and looks at the disk before each change. */
function run(options: DatabaseOptions, kinds: readonly Crash[]): Moment[] {
  const disk = memoryDisk();
  const moments: Moment[] = [];
  let now = noon;
  let acknowledged = -1;
  let isMaintaining = false;
  disk.onChange = (operation) => {
    // Most are writes and syncs of logs, which are all alike after a while.
    const isUsual = (operation === 'write' || operation === 'sync') && !isMaintaining;
    if (isUsual && acknowledged > 4 && acknowledged % 16 !== 0) return;
    const disks = new Map(kinds.map((kind) => [kind, disk.after(kind)] as const));
    moments.push({ operation, acknowledged, disks });
  };
  const database = open({ ...options, disk, now: () => now });
  for (let tick = 0; tick < ticks; tick++) {
    now = noon + tick * tickMs;
    database.append(tickOf(tick));
    database.commit();
    acknowledged = tick;
    isMaintaining = true;
    while (database.maintain());
    isMaintaining = false;
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
      const tick = (timeMs - noon) / tickMs;
      const read = [columns.get('n')![row], columns.get('third')![row], texts.get('text')![row]];
      expect(read).toEqual([tick, tick / 3, `${host} ${tick}`]);
      found.add(`${host} ${tick}`);
    });
  }
  return found;
}

/** The means of each minute that is acknowledged whole are those of what was written, whatever they are read from. */
function checkMinutes(database: Database, last: number): void {
  const minutes = Math.floor((last + 1) / minuteTicks);
  const query = { startMs: noon, toMs: noon + minutes * 60_000, bucketMs: 60_000, isCounter: () => false };
  const expected = Array.from(
    { length: minutes },
    (_, minute) => minute * minuteTicks + (minuteTicks - 1) / 2,
  );
  for (const host of hosts.slice(0, 2)) {
    const [found] = database.buckets({ tags: [['host', host]] }, query);
    expect([...(found?.columns.get('n') ?? [])]).toEqual(expected);
  }
}

/** What must be there after the last acknowledged tick: all of it that the retention has not reached. */
function acknowledgedBy(last: number): string[] {
  const written = Array.from({ length: last + 1 }, (_, tick) => tickOf(tick)).flat();
  const oldestMs = noon + (last + 2) * tickMs - retentionMs;
  return written
    .filter(({ timeMs }) => timeMs >= oldestMs)
    .map(({ tags, timeMs }) => `${tags[0]![1]} ${(timeMs - noon) / tickMs}`);
}

const written = new Set(
  Array.from({ length: ticks }, (_, tick) => tickOf(tick))
    .flat()
    .map(nameOf),
);

function nameOf({ tags, timeMs }: Point): string {
  return `${tags[0]![1]} ${(timeMs - noon) / tickMs}`;
}

/** Opens what the crash left, checks it, and goes on writing on it. */
function checkMoment({ acknowledged }: Moment, options: DatabaseOptions, disk: MemoryDisk): MemoryDisk {
  const now = noon + (acknowledged + 2) * tickMs;
  const database = open({ ...options, disk, now: () => now });
  const found = pointsIn(database);
  expect(acknowledgedBy(acknowledged).filter((name) => !found.has(name))).toEqual([]);
  expect([...found].filter((name) => !written.has(name))).toEqual([]);
  checkMinutes(database, acknowledged);
  database.append([pointOf('a', acknowledged + 2, false)]);
  database.commit();
  const left = disk.after(options.durability === 'disk' ? 'lost' : 'killed');
  while (database.maintain());
  checkMinutes(database, acknowledged);
  database.close();
  return left;
}

/** After a crash at any moment, and after another one right behind the next commit. */
function checkAll(moments: readonly Moment[], options: DatabaseOptions): void {
  for (const moment of moments) {
    for (const [kind, disk] of moment.disks) {
      try {
        const left = checkMoment(moment, options, disk);
        const again = open({ ...options, disk: left, now: () => noon + (moment.acknowledged + 2) * tickMs });
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
  it('a power cut takes nothing that was acknowledged, where the disk is to be survived', {
    timeout: 240_000,
  }, () => {
    const options = { ...base, folder: newFolder(), durability: 'disk' as const };
    const moments = run(options, crashes);
    const operations = new Set(moments.map(({ operation }) => operation.replace(/ .*/, '')));
    expect([...operations].sort()).toEqual(['create', 'remove', 'rename', 'sync', 'write']);
    checkAll(moments, options);
  });

  it('the end of the process takes nothing that was acknowledged, where only that is to be survived', {
    timeout: 240_000,
  }, () => {
    const options = { ...base, folder: newFolder(), durability: 'process' as const };
    checkAll(run(options, ['killed']), options);
  });
});
