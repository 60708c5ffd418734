import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { restoreBackup } from '../backup/restoreBackup.ts';
import { openBackup, verifyBackup } from '../backup/verifyBackup.ts';
import { UserError } from '../config/userError.ts';
import { addFolderFlags, folderOf } from './accountsOf.ts';
import { contentInWords, tookInWords } from './backup.ts';
import type { CliContext } from './context.ts';
import { createProgress, type Progress } from './progress.ts';
import { withUndo } from './undo.ts';

interface RestoreFlags {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

/** `hostcast restore <file>`: puts a backup into an empty data folder. */
export function restoreCommand(context: CliContext): Command {
  const command = new Command('restore').description(
    'Put a backup into a data folder that is empty or not there; hostcast must not run on it.',
  );
  return addFolderFlags(command)
    .argument('<file>', 'the backup; - for the standard input')
    .option('--dry-run', 'check the backup and say what is in it; writes nothing')
    .option('--force', 'where the folder is not empty, move what is there aside, inside it')
    .option('--quiet', 'say nothing but errors')
    .addHelpText('after', helpEnd)
    .action(async (file: string, flags: RestoreFlags) => {
      const folder = folderOf(command, context);
      if (flags.dryRun) await dryRun(file, flags, context);
      else await restore(file, folder, flags, context);
    });
}

const helpEnd = `
The backup is checked whole before anything is touched: checksums, then every point. A folder that hostcast runs on is
refused. Nothing is ever deleted: --force moves what is there into before-restore-<time> in the same folder.

Users and tokens are as they were; everybody signs in again. Older hostcasts' backups can be restored, newer ones' not.

Examples:
  hostcast restore /backup/hostcast-2026-11-22.tar --data /var/lib/hostcast
  hostcast restore --dry-run /backup/hostcast-2026-11-22.tar
  ssh backup.example.org cat hostcast.tar | hostcast restore - --data data`;

async function dryRun(file: string, { quiet }: RestoreFlags, context: CliContext): Promise<void> {
  if (file === '-') throw new UserError('--dry-run needs a file: what it reads it reads more than once');
  const progress = createProgress('check', quiet);
  const verified = await verifyBackup(resolve(context.folder, file), watching(progress));
  progress.end();
  if (!quiet) context.write(`${file} is whole, and nothing was written.\n${contentInWords(verified)}`);
}

async function restore(
  file: string,
  dataFolder: string,
  { quiet, force = false }: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const startedMs = performance.now();
  const progress = createProgress('restore', quiet);
  const path = resolve(context.folder, file);
  // What comes by a pipe comes once: it is checked where it is unpacked.
  const verified =
    file === '-' ? undefined : await verifyBackup(path, watching(createProgress('check', quiet)));
  const result = await withUndo(async (onUndo) => {
    const chunks =
      file === '-'
        ? process.stdin
        : createReadStream('', { fd: openBackup(path), highWaterMark: 1024 * 1024 });
    const where = file === '-' ? 'what came by the standard input' : file;
    const options = {
      dataFolder,
      force,
      nowMs: Date.now(),
      onUndo,
      ...watching(progress),
      store: verified?.store,
    };
    try {
      return await restoreBackup(where, chunks, options);
    } finally {
      chunks.destroy();
    }
  });
  progress.end();
  if (quiet) return;
  context.write(`${dataFolder} is restored, ${tookInWords(startedMs)}.\n${contentInWords(result)}`);
  if (result.movedTo) context.write(`What was there is in ${result.movedTo}: remove it when all is well.\n`);
  context.note(`\nTo start on it:  ${context.commandLine.other('', { '--data': dataFolder })}\n`);
}

function watching(progress: Progress) {
  return { onBytes: progress.bytes, onSeries: progress.count('series') };
}
