import { dirname } from 'node:path';
import { ByteWriter } from '../codec/bytes.ts';
import { type Disk, writeFully } from '../disk.ts';
import { TsdbError } from '../errors.ts';

/**
 * The log file of one head. Records collect in `pending` and reach the file at `flush`.
 *
 * A failed write is undone (the file is cut back to its last good end), what is pending stays, and the next
 * flush tries again. After a failed sync nobody knows what is on the medium, and the kernel may say "done" to
 * the next one (https://lwn.net/Articles/752063/): the file is then `lost`, and only a sealed segment of the
 * same data makes it durable again.
 */
export class Wal {
  readonly path: string;
  readonly pending = new ByteWriter(64 * 1024);
  state: 'good' | 'retry' | 'lost' = 'good';
  private readonly disk: Disk;
  private fd: number | null = null;
  private goodEnd: number;

  /** `goodEnd`: bytes of good records in the file, 0 where there is no file yet. */
  constructor(disk: Disk, path: string, goodEnd = 0) {
    this.disk = disk;
    this.path = path;
    this.goodEnd = goodEnd;
  }

  get fileBytes(): number {
    return this.goodEnd;
  }

  /**
   * Appends what is pending; with `isSynced` it is on the medium when this returns.
   * @throws TsdbError `ERR_TSDB_WRITE`: nothing of it may be acknowledged.
   */
  flush(isSynced: boolean): void {
    if (this.state === 'lost') {
      throw new TsdbError(
        'ERR_TSDB_WRITE',
        `${this.path} could not be synced to the disk and is not trusted any more`,
      );
    }
    if (this.pending.length === 0) return;
    const fd = this.write();
    try {
      if (isSynced) this.disk.sync(fd);
    } catch (cause) {
      this.state = 'lost';
      throw new TsdbError(
        'ERR_TSDB_WRITE',
        `${this.path} could not be synced to the disk: ${messageOf(cause)}`,
        { cause },
      );
    }
    this.goodEnd += this.pending.length;
    this.pending.clear();
    this.state = 'good';
  }

  close(): void {
    if (this.fd === null) return;
    const { fd } = this;
    this.fd = null;
    this.disk.close(fd);
  }

  private write(): number {
    let fd = this.fd;
    try {
      fd = this.fd ??= this.openFile();
      writeFully(this.disk, fd, this.pending.view(), this.goodEnd);
      return fd;
    } catch (cause) {
      this.state = fd === null || this.cutBack(fd) ? 'retry' : 'lost';
      throw new TsdbError('ERR_TSDB_WRITE', `${this.path} could not be written: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  private openFile(): number {
    const fd = this.disk.open(this.path, 'append');
    try {
      // Also drops what a crash left behind the last good record.
      this.disk.truncate(fd, this.goodEnd);
      if (this.goodEnd === 0) this.disk.syncFolder(dirname(this.path));
      return fd;
    } catch (cause) {
      this.disk.close(fd);
      // A name that could not be made durable is made anew the next time: its sync is not believed twice either.
      if (this.goodEnd === 0) this.disk.remove(this.path);
      throw cause;
    }
  }

  private cutBack(fd: number): boolean {
    try {
      this.disk.truncate(fd, this.goodEnd);
      return true;
    } catch {
      return false;
    }
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
