import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { realDisk } from '@hostcast/tsdb';
import { UserError } from '../config/userError.ts';
import type { Sink } from './writeArchive.ts';

/** A file that takes its place only when it is whole and on the disk. */
export interface OutputFile {
  readonly sink: Sink;
  /** @throws UserError where it can't be finished */
  finish(): void;
  /** Removes what was written; safe to call at any time before `finish`. */
  discard(): void;
}

/**
 * Begins a file (mode 0600) beside its place.
 * @throws UserError where there is one already, unless `force`, and where it can't be made
 */
export function openOutput(path: string, force: boolean): OutputFile {
  const aside = `${path}.${process.pid}.tmp`;
  let fd = open(path, aside, force);
  const close = (): void => {
    if (fd >= 0) fs.closeSync(fd);
    fd = -1;
  };
  return {
    sink: async (bytes) => {
      for (let done = 0; done < bytes.length; ) done += await writeSome(path, fd, bytes, done);
    },
    finish() {
      try {
        fs.fsyncSync(fd);
        close();
        if (!force) mustBeFree(path);
        fs.renameSync(aside, path);
        realDisk.syncFolder(dirname(path));
      } catch (cause) {
        throw cause instanceof UserError ? cause : notWritten(path, cause);
      }
    },
    discard() {
      close();
      fs.rmSync(aside, { force: true });
    },
  };
}

/** The standard output. It ends the process quietly where the reader has gone, as `| head` does. */
export function standardOutput(stdout: NodeJS.WritableStream): Sink {
  let failure: Error | undefined;
  let goOn = (): void => {};
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    failure = error;
    goOn();
  });
  stdout.on('drain', () => goOn());
  return async (bytes) => {
    if (failure === undefined && !stdout.write(bytes)) await new Promise<void>((resolve) => (goOn = resolve));
    if (failure) throw notWritten('the standard output', failure);
  };
}

function open(path: string, aside: string, force: boolean): number {
  try {
    if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
    if (!force) mustBeFree(path);
    fs.rmSync(aside, { force: true });
    return fs.openSync(aside, 'wx', 0o600);
  } catch (cause) {
    throw cause instanceof UserError ? cause : notWritten(path, cause);
  }
}

function mustBeFree(path: string): void {
  if (!fs.existsSync(path)) return;
  throw new UserError(`${path} is there already: choose another name, or give --force to replace it`);
}

function writeSome(path: string, fd: number, bytes: Uint8Array, from: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, bytes, from, (error, written) => {
      if (error) reject(notWritten(path, error));
      else resolve(written);
    });
  });
}

function notWritten(path: string, cause: unknown): UserError {
  const isFolderMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  const message = cause instanceof Error ? cause.message : String(cause);
  const why = isFolderMissing ? `there is no folder ${dirname(path)}` : message;
  return new UserError(`${path} cannot be written: ${why}. Nothing was left behind.`, { cause });
}
