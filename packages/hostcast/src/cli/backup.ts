import { resolve } from 'node:path';
import { Command } from 'commander';
import { openOutput, standardOutput } from '../backup/outputs.ts';
import { type BackupResult, takeBackup } from '../backup/takeBackup.ts';
import { type Verified, verifyBackup } from '../backup/verifyBackup.ts';
import type { Config } from '../config/config.ts';
import { configOf } from '../config/readConfig.ts';
import { UserError } from '../config/userError.ts';
import { addFolderFlags } from './accountsOf.ts';
import type { CliContext } from './context.ts';
import { createProgress, sizeInWords } from './progress.ts';
import { timeInWords } from './table.ts';
import { withUndo } from './undo.ts';

interface BackupFlags {
  readonly force?: boolean;
  readonly verify?: boolean;
  readonly accounts: boolean;
  readonly quiet?: boolean;
}

/** `hostcast backup <file>`: the data folder in one file, also while hostcast runs; or whether such a file is whole. */
export function backupCommand(context: CliContext): Command {
  const command = new Command('backup').description(
    'Write the figures, users and tokens into one file, also while hostcast runs.',
  );
  return addFolderFlags(command)
    .argument('<file>', 'the file to write; - for the standard output')
    .option('--verify', 'check this backup, all of it, instead of making one; writes nothing')
    .option('--no-accounts', 'leave out users and tokens')
    .option('--force', 'replace the file where it is there already')
    .option('--quiet', 'say nothing but errors')
    .addHelpText('after', helpEnd)
    .action(async (file: string, flags: BackupFlags) => {
      if (flags.verify) return await verify(file, flags, context);
      await backup(file, flags, configOf(command, context), context);
    });
}

const helpEnd = `
Everything that hostcast had acknowledged when the backup began is in it. It holds the store (if the figures are in an
InfluxDB, that one is backed up by its own tools) and accounts.json: the hashes of passwords and tokens, so the file
can be read by its owner only (mode 0600). Not in it: the configuration, the first admin's password, and the secret that
logins are signed with, so that everybody signs in again after a restore.

It is a plain tar archive, uncompressed because the store is compressed already; sha256sum can check it by hand.

Examples:
  hostcast backup /backup/hostcast-$(date +%F).tar --data /var/lib/hostcast
  hostcast backup - | ssh backup.example.org 'cat > hostcast.tar'
  hostcast backup --verify /backup/hostcast-2026-11-22.tar`;

async function backup(file: string, flags: BackupFlags, config: Config, context: CliContext): Promise<void> {
  const { dataFolder, influx } = config;
  const progress = createProgress('backup', flags.quiet);
  const options = { dataFolder, withAccounts: flags.accounts, nowMs: Date.now(), onProgress: progress.bytes };
  const startedMs = performance.now();
  const result =
    file === '-'
      ? await takeBackup(options, standardOutput(mustNotBeTerminal()))
      : await toFile(resolve(context.folder, file), flags.force ?? false, options);
  progress.end();
  if (flags.quiet) return;
  // The standard output may be the backup itself.
  const say = file === '-' ? sayOnTerminal(context) : context.write;
  say(`${file === '-' ? 'Backup' : file}: ${inWords(result)}, ${tookInWords(startedMs)}.\n`);
  if (influx) context.note(influxHint(influx.url, result));
}

async function toFile(path: string, force: boolean, options: Parameters<typeof takeBackup>[0]) {
  return await withUndo(async (onUndo) => {
    const output = openOutput(path, force);
    onUndo(output.discard);
    const result = await takeBackup(options, output.sink);
    output.finish();
    return result;
  });
}

async function verify(file: string, { quiet }: BackupFlags, context: CliContext): Promise<void> {
  if (file === '-') throw new UserError('--verify needs a file: what it reads it reads more than once');
  const progress = createProgress('verify', quiet);
  const verified = await verifyBackup(resolve(context.folder, file), {
    onBytes: progress.bytes,
    onSeries: progress.count('series'),
  });
  progress.end();
  if (!quiet) context.write(`${file} is whole.\n${contentInWords(verified)}`);
}

/** What a backup holds, line by line. */
export function contentInWords({ archive, store, hasAccounts }: Verified): string {
  const { head, bytes } = archive;
  const lines = [
    `  made      ${timeInWords(head.createdMs)} by hostcast ${head.hostcast}, ${sizeInWords(bytes)}`,
    `  accounts  ${hasAccounts ? 'users and tokens' : 'none'}`,
  ];
  if (!store) lines.push('  figures   none');
  else {
    const { points, series, hosts, fromMs, toMs, damages } = store;
    lines.push(
      `  figures   ${points} points in ${series} series of ${hosts} ${hosts === 1 ? 'host' : 'hosts'}`,
    );
    if (points > 0) lines.push(`            from ${timeInWords(fromMs)} to ${timeInWords(toMs)}`);
    if (damages > 0)
      lines.push(`  damage    ${damages} places were damaged already when it was made, and are not counted`);
  }
  return `${lines.join('\n')}\n`;
}

/** `3.2 s`. */
export function tookInWords(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
}

function inWords({ bytes, files, hasStore, hasAccounts }: BackupResult): string {
  const parts = [hasStore && 'figures', hasAccounts && 'accounts'].filter((part) => part !== false);
  return `${parts.join(' and ')}, ${files} ${files === 1 ? 'file' : 'files'}, ${sizeInWords(bytes)}`;
}

function influxHint(url: string, { hasStore }: BackupResult): string {
  const what = hasStore ? 'What hostcast wrote since is' : 'The figures are';
  return (
    `\n${what} in the InfluxDB at ${url} and not in this backup. Its own tools back it up: influxd backup -portable\n` +
    'for 1.x, influx backup for 2.x, a copy of its object store for 3.x.\n'
  );
}

function mustNotBeTerminal(): NodeJS.WriteStream {
  const { stdout } = process;
  if (stdout.isTTY)
    throw new UserError('a backup is nothing to look at: name a file, or send it on by | or >');
  return stdout;
}

function sayOnTerminal({ note }: CliContext): (text: string) => void {
  return process.stderr.isTTY ? note : () => {};
}
