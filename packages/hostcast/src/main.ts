#!/usr/bin/env node
import { pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { type Config, HelpShown, readConfig, UserError } from './config.ts';
import { type HostcastServer, startServer } from './server.ts';
import { startText } from './startText.ts';

/** A second signal within this time is the same one: a terminal's Ctrl-C reaches node twice through npm. */
const sameSignalMs = 1_000;

const command = process.env.HOSTCAST_COMMAND ?? 'hostcast';

try {
  const config = readConfig(process.argv.slice(2), process.env, command);
  const log = createLog(config);
  const server = await startServer(config, log, command);
  stopOnSignals(server);
  void server.failed.then((error) => {
    log.fatal({ err: error }, 'the store has failed: hostcast ends');
    process.exit(1);
  });
  process.stdout.write(startText(config, server, command));
} catch (error) {
  if (!(error instanceof HelpShown)) {
    const text = error instanceof UserError ? error.message : (error as Error).stack;
    process.stderr.write(`hostcast: ${text}\n`);
    process.exitCode = 1;
  }
}

/** Lines for eyes on a terminal, JSON everywhere else. */
function createLog(config: Config): pino.Logger {
  const options = { level: config.logLevel, base: null };
  if (!process.stdout.isTTY) return pino(options);
  return pino(options, pinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname' }));
}

/** The first signal stops in order and ends with 0; a later one ends at once. */
function stopOnSignals(server: HostcastServer): void {
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        server.close().then(
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
