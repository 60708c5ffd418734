import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { addFlags } from '../config/flags.ts';
import { configOf, describeProgram } from '../config/readConfig.ts';
import { startServer } from '../server.ts';
import { startText } from '../startText.ts';
import type { CliContext } from './context.ts';
import { createLog } from './log.ts';

/** A second signal within this time is the same one: a terminal's Ctrl-C reaches node twice through npm. */
const sameSignalMs = 1_000;

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

/** The first signal stops in order and ends with 0; a later one ends at once. */
function stopOnSignals(close: () => Promise<void>): void {
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        close().then(
          () => process.exit(0),
          (error: unknown) => {
            process.stderr.write(`hostcast: stopping failed: ${String(error)}\n`);
            process.exit(1);
          },
        );
      } else if (performance.now() - firstMs > sameSignalMs) {
        process.exit(130);
      }
    });
  }
}
