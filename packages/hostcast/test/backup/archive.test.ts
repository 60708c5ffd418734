import { describe, expect, it } from 'vitest';
import type { ArchiveHead } from '../../src/backup/archive.ts';
import { readArchive } from '../../src/backup/readArchive.ts';
import { ArchiveWriter } from '../../src/backup/writeArchive.ts';

const head: ArchiveHead = { format: 1, hostcast: '0.1.0', createdMs: 1_767_355_200_000, roughBytes: 0 };

async function archiveOf(files: Readonly<Record<string, string>>, said = head): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const writer = await ArchiveWriter.begin(async (bytes) => void pieces.push(Buffer.from(bytes)), said);
  for (const [name, text] of Object.entries(files)) {
    await writer.add(name, { bytes: Buffer.byteLength(text), pieces: [Buffer.from(text)] });
  }
  await writer.finish();
  return Buffer.concat(pieces);
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function filesOf(bytes: Buffer, length = 1_000): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  await readArchive('b.tar', inPieces(bytes, length), {
    file(name) {
      files[name] = '';
      return (piece) => {
        if (piece) files[name] += Buffer.from(piece).toString();
      };
    },
    progress() {},
  });
  return files;
}

const whole = {
  'data/accounts.json': '{}',
  'data/meta.json': '{"format":1}',
  'data/raw/1767355200000-0.wal': 'x'.repeat(700),
  'data/1m/1767355200000-0.seg': '',
  'data/merged/1767355200000-3.seg': 'y',
};

describe('a backup', () => {
  it.each([1, 511, 100_000])('is read in pieces of %i bytes', async (length) => {
    expect(await filesOf(await archiveOf(whole), length)).toEqual({
      'accounts.json': '{}',
      'meta.json': '{"format":1}',
      'raw/1767355200000-0.wal': 'x'.repeat(700),
      '1m/1767355200000-0.seg': '',
      'merged/1767355200000-3.seg': 'y',
    });
  });

  it('is refused wherever it is cut', async () => {
    const bytes = await archiveOf(whole);
    for (let length = 0; length < bytes.length; length += 97) {
      await expect(filesOf(bytes.subarray(0, length))).rejects.toThrow(
        'b.tar is no whole backup of hostcast',
      );
    }
    await expect(filesOf(bytes.subarray(0, -1))).rejects.toThrow('its end is missing');
  });

  it('is refused with any byte changed', async () => {
    const bytes = await archiveOf(whole);
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 0x41;
      await expect(filesOf(changed), `byte ${at}`).rejects.toThrow(/b\.tar (is no whole backup|was made in)/);
    }
  });

  it('names the file that was damaged', async () => {
    const bytes = await archiveOf(whole);
    bytes[bytes.indexOf('xxxx')] = 0x79;
    await expect(filesOf(bytes)).rejects.toThrow(
      'the checksum of data/raw/1767355200000-0.wal differs. Nothing was changed.',
    );
  });

  it.each(['data/../x', 'data/LOCK', 'data/raw/../../x.wal', 'etc/passwd', 'data/admin-password'])(
    'with a file %s is refused',
    async (name) => {
      await expect(filesOf(await archiveOf({ [name]: 'x' }))).rejects.toThrow('does not belong into one');
    },
  );

  it('with a file twice is refused', async () => {
    const bytes = await archiveOf({ 'data/meta.json': 'a', 'data/accounts.json': 'b' });
    const at = bytes.indexOf('data/accounts.json');
    bytes.copy(bytes, at, bytes.indexOf('data/meta.json'), bytes.indexOf('data/meta.json') + 512);
    await expect(filesOf(bytes)).rejects.toThrow('"data/meta.json" does not belong into one');
  });

  it('of a newer format is refused as such', async () => {
    await expect(filesOf(await archiveOf(whole, { ...head, format: 2 }))).rejects.toThrow(
      'b.tar was made in format 2, and this hostcast reads up to 1: use a newer one',
    );
  });
});
