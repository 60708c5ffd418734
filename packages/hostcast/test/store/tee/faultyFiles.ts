import type { BufferFile, BufferFiles } from '../../../src/store/tee/files.ts';
import { realFiles } from '../../../src/store/tee/files.ts';

type Operation = 'open' | 'write' | 'sync' | 'truncate' | 'read';

/** The real disk, with what it shall refuse: each operation asks first, a read with the octets that it is of. */
export function faultyFiles(
  refuse: (operation: Operation, from: number, to: number) => Error | undefined,
): BufferFiles {
  const check = (operation: Operation, from = 0, to = 0): void => {
    const error = refuse(operation, from, to);
    if (error !== undefined) throw error;
  };
  return {
    ...realFiles,
    async open(path, isNew) {
      check('open');
      const file = await realFiles.open(path, isNew);
      const faulty: BufferFile = {
        async write(bytes, position) {
          const error = refuse('write', position, position + bytes.length);
          // A full disk takes a part.
          if (error !== undefined) {
            await file.write(bytes.subarray(0, bytes.length >> 1), position);
            throw error;
          }
          await file.write(bytes, position);
        },
        async sync() {
          check('sync');
          await file.sync();
        },
        async truncate(length) {
          check('truncate');
          await file.truncate(length);
        },
        async read(position, length) {
          check('read', position, position + length);
          return file.read(position, length);
        },
        size: () => file.size(),
        close: () => file.close(),
      };
      return faulty;
    },
  };
}

export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: the disk says so`), { code });
}
