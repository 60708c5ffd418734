import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DiskBuffer } from '../../../src/store/tee/buffer.ts';
import type { BufferEvent, DiskBufferOptions } from '../../../src/store/tee/bufferOptions.ts';
import { type BufferFiles, realFiles } from '../../../src/store/tee/files.ts';
import { diskError, faultyFiles } from './faultyFiles.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hostcast-buffer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'influx-buffer');
}

async function open(folder: string, options: Partial<DiskBufferOptions> = {}) {
  const events: BufferEvent[] = [];
  const buffer = await DiskBuffer.open({
    folder,
    limitBytes: 1024 * 1024,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => buffer.close());
  return { buffer, events };
}

/** All that waits, as text; nothing is released. */
async function textOf(buffer: DiskBuffer, mostLines = 1_000_000): Promise<string> {
  const waiting = await buffer.read(mostLines);
  return Buffer.concat((waiting?.records ?? []).map(({ body }) => gunzipSync(body))).toString();
}

/** Takes everything out, and gives it. */
async function drained(buffer: DiskBuffer): Promise<string> {
  let text = '';
  for (let waiting = await buffer.read(5_000); waiting !== undefined; waiting = await buffer.read(5_000)) {
    text += Buffer.concat(waiting.records.map(({ body }) => gunzipSync(body))).toString();
    await buffer.release(waiting);
  }
  return text;
}

const fileOf = (folder: string): string =>
  join(folder, readdirSync(folder).filter((name) => name.endsWith('.hcb1'))[0]!);

describe('the buffer', () => {
  it('gives back what it took, in the order in which it came', async () => {
    const { buffer } = await open(makeFolder());
    await Promise.all(['a v=1 1\n', 'b v=2 2\n', 'c v=3 3\n'].map((line) => buffer.append(line, 1)));
    await buffer.append('d v=4 4\n', 1);
    expect(await drained(buffer)).toBe('a v=1 1\nb v=2 2\nc v=3 3\nd v=4 4\n');
    expect(await buffer.read(5_000)).toBeUndefined();
    expect(buffer.stats).toEqual({ bytes: 0, oldestMs: null, isWritable: true, isFull: false });
  });

  it('writes what comes in the same turn as one record, and at most 5,000 lines in one', async () => {
    const { buffer } = await open(makeFolder());
    await Promise.all([buffer.append('a v=1 1\n', 1), buffer.append('b v=2 2\n', 1)]);
    expect((await buffer.read(5_000))?.records.map(({ lines }) => lines)).toEqual([2]);
    const many = 'c v=1 1\n'.repeat(3_000);
    await Promise.all([buffer.append(many, 3_000), buffer.append(many, 3_000)]);
    expect(await drained(buffer)).toBe(`a v=1 1\nb v=2 2\n${many}${many}`);
  });

  it('reads at most as many lines as are asked for, and a record at least', async () => {
    const { buffer } = await open(makeFolder());
    for (const name of ['a', 'b', 'c']) await buffer.append(`${name} v=1 1\n${name} v=2 2\n`, 2);
    expect(await textOf(buffer, 4)).toBe('a v=1 1\na v=2 2\nb v=1 1\nb v=2 2\n');
    expect(await textOf(buffer, 1)).toBe('a v=1 1\na v=2 2\n');
  });

  it('reads 8 MiB of lines at most, and a record at least', async () => {
    const { buffer } = await open(makeFolder(), { limitBytes: 64 * 1024 * 1024 });
    const line = (name: string) => `${name} v="${name.repeat(5 * 1024 * 1024)}" 1\n`;
    for (const name of ['a', 'b']) await buffer.append(line(name), 1);
    expect((await buffer.read(5_000))?.lines).toBe(1);
    expect(await drained(buffer)).toBe(line('a') + line('b'));
  });

  it('keeps what waits over a restart, and sends nothing again that was released when nothing waited', async () => {
    const folder = makeFolder();
    const first = await open(folder);
    await first.buffer.append('gone v=1 1\n', 1);
    await drained(first.buffer);
    await first.buffer.append('waits v=2 2\n', 1);
    await first.buffer.close();
    const { buffer, events } = await open(folder);
    expect(buffer.isEmpty).toBe(false);
    expect(await drained(buffer)).toBe('waits v=2 2\n');
    expect(events).toEqual([]);
  });

  it('says since when the oldest lines wait, also after a restart', async () => {
    const folder = makeFolder();
    let nowMs = 1_000;
    const first = await open(folder, { now: () => nowMs });
    await first.buffer.append('a v=1 1\n', 1);
    nowMs = 2_000;
    await first.buffer.append('b v=1 1\n', 1);
    await first.buffer.close();
    const { buffer } = await open(folder, { now: () => 3_000 });
    expect(buffer.stats.oldestMs).toBe(1_000);
    await buffer.release((await buffer.read(1))!);
    expect(buffer.stats.oldestMs).toBe(2_000);
    await buffer.release((await buffer.read(1))!);
    expect(buffer.stats.oldestMs).toBeNull();
  });

  it('goes on in a new file when one is long enough, and removes each that is done with', async () => {
    const folder = makeFolder();
    const { buffer } = await open(folder, { fileBytes: 50 });
    for (const name of ['a', 'b', 'c']) await buffer.append(`${name} v=1 1\n`, 1);
    expect(readdirSync(folder).sort()).toEqual(
      ['0000000001.hcb1', '0000000002.hcb1', '0000000003.hcb1', 'LOCK'].sort(),
    );
    await buffer.release((await buffer.read(1))!);
    expect(readdirSync(folder)).not.toContain('0000000001.hcb1');
    expect(await drained(buffer)).toBe('b v=1 1\nc v=1 1\n');
    await buffer.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses what is above its limit, keeps what it has, and takes more when there is room', async () => {
    const { buffer } = await open(makeFolder(), { limitBytes: 200 });
    const line = `a v="${'x'.repeat(140)}" 1\n`;
    await buffer.append(line, 1);
    await expect(buffer.append(line, 1)).rejects.toMatchObject({
      code: 'ERR_STORE_OVERLOADED',
      message: expect.stringContaining('influx.buffer-size'),
    });
    expect(buffer.stats.isFull).toBe(true);
    expect(await drained(buffer)).toBe(line);
    expect(buffer.stats.isFull).toBe(false);
    await buffer.append(line, 1);
  });

  it('takes lines that are longer than its limit where nothing else waits', async () => {
    const { buffer } = await open(makeFolder(), { limitBytes: 200 });
    const line = `a v="${'x'.repeat(1_000)}" 1\n`;
    await buffer.append(line, 1);
    expect(await drained(buffer)).toBe(line);
  });

  it('is opened by one at a time', async () => {
    const folder = makeFolder();
    await open(folder);
    await expect(open(folder)).rejects.toMatchObject({ code: 'ERR_TSDB_LOCKED' });
  });

  it('resolves what waits for arrivals when it is closed', async () => {
    const { buffer } = await open(makeFolder());
    const arrived = buffer.arrived();
    await buffer.close();
    await arrived;
    await expect(buffer.append('a v=1 1\n', 1)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
  });
});

describe('a buffer on a disk that fails', () => {
  it('acknowledges nothing that is not on a full disk, and goes on when there is room', async () => {
    let error: Error | undefined;
    const folder = makeFolder();
    const { buffer, events } = await open(folder, {
      files: faultyFiles((op) => (op === 'write' ? error : undefined)),
    });
    await buffer.append('a v=1 1\n', 1);
    error = diskError('ENOSPC');
    const message = 'the buffer for InfluxDB cannot be written: the disk is full';
    await expect(buffer.append('b v=1 1\n', 1)).rejects.toMatchObject({
      code: 'ERR_STORE_UNAVAILABLE',
      message,
    });
    await expect(buffer.append('c v=1 1\n', 1)).rejects.toMatchObject({ message });
    expect(buffer.stats.isWritable).toBe(false);
    error = undefined;
    await buffer.append('d v=1 1\n', 1);
    expect(buffer.stats.isWritable).toBe(true);
    expect(events.map(({ type }) => type)).toEqual(['write-failed', 'recovered']);
    await buffer.close();
    expect(await drained((await open(folder)).buffer)).toBe('a v=1 1\nd v=1 1\n');
  });

  it('says no more that it cannot be written when nobody has tried for a minute', async () => {
    let nowMs = 0;
    const files = faultyFiles((operation) => (operation === 'write' ? diskError('EIO') : undefined));
    const { buffer } = await open(makeFolder(), { files, now: () => nowMs });
    await expect(buffer.append('a v=1 1\n', 1)).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' });
    nowMs = 60_000;
    expect(buffer.stats.isWritable).toBe(false);
    nowMs = 60_001;
    expect(buffer.stats.isWritable).toBe(true);
  });

  it('trusts no file any more that could not be synced', async () => {
    let error: Error | undefined;
    const folder = makeFolder();
    const { buffer } = await open(folder, {
      files: faultyFiles((op) => (op === 'sync' ? error : undefined)),
    });
    await buffer.append('a v=1 1\n', 1);
    error = diskError('EIO');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(buffer.append('lost v=1 1\n', 1)).rejects.toMatchObject({
        message: 'the buffer for InfluxDB cannot be written: the disk refuses it (EIO)',
      });
    }
    error = undefined;
    await buffer.append('b v=1 1\n', 1);
    expect(readdirSync(folder).filter((name) => name.endsWith('.hcb1'))).toHaveLength(2);
    expect(await drained(buffer)).toBe('a v=1 1\nb v=1 1\n');
  });

  it('goes on after a new file whose name could not be made durable', async () => {
    let isBad = true;
    const folder = makeFolder();
    const files: BufferFiles = {
      ...realFiles,
      async open(path, isNew) {
        const file = await realFiles.open(path, isNew);
        if (!isNew || !isBad) return file;
        await file.close();
        throw diskError('EIO'); // of the folder's sync, when the file is there
      },
    };
    const { buffer } = await open(folder, { files });
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(buffer.append('lost v=1 1\n', 1)).rejects.toMatchObject({
        message: 'the buffer for InfluxDB cannot be written: the disk refuses it (EIO)',
      });
    }
    isBad = false;
    await buffer.append('a v=1 1\n', 1);
    await buffer.close();
    expect(await drained((await open(folder)).buffer)).toBe('a v=1 1\n');
  });

  it('opens with a file that cannot be read at once, and gives the sectors that can be, saying so', async () => {
    const folder = makeFolder();
    const { buffer: before } = await open(folder);
    const lines = Array.from({ length: 40 }, (_, n) => `m${n} v="${randomBytes(512).toString('hex')}" 1\n`);
    const ends: number[] = [];
    for (const line of lines) {
      await before.append(line, 1);
      ends.push(statSync(fileOf(folder)).size);
    }
    await before.close();
    const isBad = (from: number, to: number) => from < 8_192 && to > 4_096;
    const files = faultyFiles((op, from, to) =>
      op === 'read' && isBad(from, to) ? diskError('EIO') : undefined,
    );
    const { buffer, events } = await open(folder, { files });
    await buffer.append('later v=1 1\n', 1);
    const whole = lines.filter((_, n) => !isBad(ends[n - 1] ?? 0, ends[n]!));
    expect(whole.length).toBeLessThan(lines.length);
    expect(await drained(buffer)).toBe(`${whole.join('')}later v=1 1\n`);
    expect(events.map(({ type }) => type)).toEqual(['unreadable', 'damaged']);
  });

  it('goes on behind what cannot be read, and says so', async () => {
    const folder = makeFolder();
    let isBad = false;
    const files = faultyFiles((operation) => (isBad && operation === 'read' ? diskError('EIO') : undefined));
    const { buffer, events } = await open(folder, { files, fileBytes: 1 });
    await buffer.append('a v=1 1\n', 1);
    isBad = true;
    expect(await buffer.read(1)).toBeUndefined();
    isBad = false;
    await buffer.append('b v=1 1\n', 1);
    expect(await drained(buffer)).toBe('b v=1 1\n');
    expect(events.map(({ type }) => type)).toContain('unreadable');
  });
});

describe('a damaged buffer', () => {
  const lines = ['a v=1 1\n', 'b v=2 2\n', 'c v=3 3\n'];

  async function written(): Promise<{ folder: string; bytes: Buffer; ends: number[] }> {
    const folder = makeFolder();
    const { buffer } = await open(folder);
    const ends: number[] = [];
    for (const line of lines) {
      await buffer.append(line, 1);
      ends.push(statSync(fileOf(folder)).size);
    }
    await buffer.close();
    return { folder, bytes: readFileSync(fileOf(folder)), ends };
  }

  it('cut at any octet gives back every record that is whole, and says what it cut', async () => {
    const { folder, bytes, ends } = await written();
    const path = fileOf(folder);
    for (let length = 0; length <= bytes.length; length += 1) {
      writeFileSync(path, bytes.subarray(0, length));
      const { buffer, events } = await open(folder);
      const whole = ends.filter((end) => end <= length).length;
      expect(await textOf(buffer)).toBe(lines.slice(0, whole).join(''));
      const offset = [0, ...ends][whole]!;
      const cut = { type: 'tail-cut', file: path, offset, droppedBytes: length - offset };
      expect(events).toEqual(length === offset ? [] : [cut]);
      await buffer.close();
    }
  });

  it('with any octet changed loses the record that it is in, and no other', async () => {
    const { folder, bytes, ends } = await written();
    const path = fileOf(folder);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x55;
      writeFileSync(path, damaged);
      const { buffer, events } = await open(folder);
      const lost = ends.findIndex((end) => at < end);
      expect(await textOf(buffer)).toBe(lines.filter((_, index) => index !== lost).join(''));
      expect(events.map(({ type }) => type)).toEqual([lost === 2 ? 'tail-cut' : 'damaged']);
      await buffer.close();
    }
  });

  it('leaves other files alone', async () => {
    const { folder } = await written();
    writeFileSync(join(folder, '0000000009.hcb2'), 'of a newer version');
    const { buffer } = await open(folder);
    expect(await drained(buffer)).toBe(lines.join(''));
    await buffer.close();
    expect(readdirSync(folder)).toEqual(['0000000009.hcb2']);
  });
});
