import { CommandLine } from '../commandLine.ts';
import type { Surroundings } from '../config/readConfig.ts';

/** What the subcommands of `hostcast` work with. */
export interface CliContext extends Surroundings {
  /** Writes to the standard output. */
  write(text: string): void;
  /** Writes what is for eyes only to the standard error. */
  note(text: string): void;
  /** What came behind `hostcast`. */
  readonly args: readonly string[];
}

/** The context of this process. `HOSTCAST_COMMAND` says how it was started, for texts that show a command. */
export function processContext(): CliContext {
  const args = process.argv.slice(2);
  return {
    environment: process.env,
    folder: process.cwd(),
    commandLine: new CommandLine(process.env.HOSTCAST_COMMAND ?? 'hostcast', args),
    write: (text) => void process.stdout.write(text),
    note: (text) => void process.stderr.write(text),
    args,
  };
}
