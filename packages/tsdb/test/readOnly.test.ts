import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realDisk } from '../src/disk.ts';
import { openSnapshot } from '../src/snapshot.ts';
import { maintainAll, newFolder, noon, open, point } from './folder.ts';

const always = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** A folder that is in use, with a sealed window and a log. */
function folderInUse() {
  const folder = newFolder();
  let nowMs = noon;
  const writer = open({ folder, now: () => nowMs, restMs: 0 });
  writer.append([point(noon, { usage: 1 })]);
  writer.commit();
  nowMs += 60_000;
  maintainAll(writer);
  writer.append([point(noon + 60_000, { usage: 2 })]);
  writer.commit();
  return { folder, writer };
}

function usages(database: ReturnType<typeof open>): number[] {
  return database.read({}, ...always).flatMap(({ columns }) => [...(columns.get('usage') ?? [])]);
}

describe('a folder opened for reading only', () => {
  it('is read while another one writes to it, and stays as it was', () => {
    const { folder, writer } = folderInUse();
    const reader = open({ folder, readOnly: true });
    writer.append([point(noon + 61_000, { usage: 3 })]);
    writer.commit();
    expect(usages(reader)).toEqual([1, 2]);
    expect(usages(open({ folder, readOnly: true }))).toEqual([1, 2, 3]);
  });

  it('writes nothing, neither a lock nor over a torn end', () => {
    const { folder, writer } = folderInUse();
    writer.close();
    const log = join(folder, 'raw', readdirSync(join(folder, 'raw')).find((name) => name.endsWith('.wal'))!);
    appendFileSync(log, Buffer.from([9, 0, 0, 0, 1, 2, 3]));
    writeFileSync(join(folder, 'raw', '1-0.seg.tmp'), 'half');
    const before = readdirSync(folder, { recursive: true }).map(String).sort();
    const bytes = readFileSync(log);
    const reader = open({ folder, readOnly: true });
    expect(usages(reader)).toEqual([1, 2]);
    expect(reader.maintain()).toBe(false);
    expect(() => reader.append([point(noon, { usage: 9 })])).toThrow('was opened for reading only');
    reader.close();
    expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual(before);
    expect(readFileSync(log)).toEqual(bytes);
  });

  it('keeps files readable that are dropped meanwhile', () => {
    const { folder } = folderInUse();
    const reader = open({ folder, readOnly: true });
    for (const name of readdirSync(join(folder, 'raw'))) rmSync(join(folder, 'raw', name));
    expect(usages(reader)).toEqual([1, 2]);
  });

  it('is refused where there is no store', () => {
    const folder = newFolder();
    expect(() => open({ folder, readOnly: true })).toThrow(`there is no store in ${folder}`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives series by measurement and tags where that is asked for', () => {
    const folder = newFolder();
    const writer = open({ folder });
    for (const [measurement, host] of [
      ['mem', 'b'],
      ['cpu', 'b'],
      ['cpu', 'a'],
    ] as const) {
      writer.append([point(noon, { usage: 1 }, [['host', host]], measurement)]);
    }
    const names = writer.read({}, ...always, { isSorted: true });
    expect(names.map(({ measurement, tags }) => `${measurement} ${tags[0]?.[1]}`)).toEqual([
      'cpu a',
      'cpu b',
      'mem b',
    ]);
  });
});

describe('a snapshot', () => {
  it('has the whole records of a log and leaves out its torn end', () => {
    const { folder } = folderInUse();
    const log = readdirSync(join(folder, 'raw')).find((name) => name.endsWith('.wal'))!;
    const whole = readFileSync(join(folder, 'raw', log));
    appendFileSync(join(folder, 'raw', log), Buffer.from([9, 0, 0, 0, 1, 2, 3]));
    const snapshot = openSnapshot(folder, realDisk);
    const file = snapshot.files.find(({ name }) => name === `raw/${log}`)!;
    const { bytes, pieces } = file.content();
    expect(bytes).toBe(whole.length);
    expect(Buffer.concat([...pieces])).toEqual(whole);
    snapshot.close();
    snapshot.close();
  });

  it('has a segment that took the place of another one while it was taken', () => {
    const { folder } = folderInUse();
    const segment = readdirSync(join(folder, 'raw')).find((name) => name.endsWith('.seg'))!;
    const path = join(folder, 'raw', segment);
    let lists = 0;
    const snapshot = openSnapshot(folder, {
      ...realDisk,
      list(listed) {
        if (listed === folder && ++lists === 2) {
          writeFileSync(`${path}.tmp`, 'another one');
          renameSync(`${path}.tmp`, path);
        }
        return realDisk.list(listed);
      },
    });
    const file = snapshot.files.find(({ name }) => name === `raw/${segment}`)!;
    expect(Buffer.concat([...file.content().pieces]).toString()).toBe('another one');
    snapshot.close();
  });

  it('has the segment of a log that was sealed before it could be opened', () => {
    const { folder } = folderInUse();
    const log = readdirSync(join(folder, 'raw')).find((name) => name.endsWith('.wal'))!;
    const sealed = log.replace('.wal', '.seg');
    const snapshot = openSnapshot(folder, {
      ...realDisk,
      open(path, mode) {
        if (path.endsWith(log)) renameSync(path, join(folder, 'raw', sealed));
        return realDisk.open(path, mode);
      },
    });
    expect(snapshot.files.map(({ name }) => name)).toContain(`raw/${sealed}`);
    expect(snapshot.files.map(({ name }) => name)).not.toContain(`raw/${log}`);
    snapshot.close();
  });
});
