#!/usr/bin/env node
import { pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { type Config, HelpShown, readConfig, UserError } from './config.ts';
import { startServer } from './server.ts';
import { startText } from './startText.ts';

/** A second signal within this time is the same one: a terminal's Ctrl-C reaches node twice through npm. */
const sameSignalMs = 1_000;

try {
  await run(readConfig(process.argv.slice(2), process.env, process.env.HOSTCAST_COMMAND ?? 'hostcast'));
} catch (error) {
  if (!(error instanceof HelpShown)) {
    process.stderr.write(`hostcast: ${explain(error)}\n`);
    process.exitCode = 1;
  }
}

async function run(config: Config): Promise<void> {
  const log = createLog(config);
  const starting = startServer(config, log);
  stopOnSignals(async () => (await starting).close());
  const server = await starting;
  void server.failed.then((error) => {
    log.fatal({ err: error }, 'the store has failed: hostcast ends');
    process.exit(1);
  });
  process.stdout.write(startText(config, server));
}

/** What the operator can mend, in a sentence; a fault of ours, with its stack. */
function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Lines for eyes on a terminal, JSON everywhere else. */
function createLog(config: Config): pino.Logger {
  const options = { level: config.logLevel, base: null };
  if (!process.stdout.isTTY) return pino(options);
  return pino(options, pinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }));
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
