import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { addFlags } from '../config/flags.ts';
import { configOf, describeProgram } from '../config/readConfig.ts';
import { startServer } from '../server.ts';
import { startText } from '../startText.ts';
import type { CliContext } from './context.ts';
import { createLog } from './log.ts';
import { stopOnSignals } from './signals.ts';

/** `hostcast` without a subcommand: the server. */
export function serveCommand(context: CliContext): Command {
  const command = addFlags(describeProgram())
    // What stands behind the name of a subcommand is that command's.
    .enablePositionalOptions();
  return command.action(() => serve(configOf(command, context), context));
}

async function serve(config: Config, { write }: CliContext): Promise<void> {
  const log = createLog({ level: config.logLevel, isTerminal: process.stdout.isTTY });
  for (const warning of config.warnings) log.warn(warning);
  const starting = startServer(config, log, { isTerminal: process.stdout.isTTY });
  stopOnSignals(async () => (await starting).close());
  const server = await starting;
  void server.failed.then((error) => {
    log.fatal({ err: error }, 'the store has failed: hostcast ends');
    process.exit(1);
  });
  write(startText(config, server));
}
