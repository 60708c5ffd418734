import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CommandLine } from './commandLine.ts';

/** Everything hostcast can be told, with units in the names. */
export interface Config {
  /** Address to listen on. */
  readonly host: string;
  /** 0 chooses a free port. */
  readonly port: number;
  /** Port for plain STOMP over TCP, at the same address; left out, there is none. 0 chooses a free one. */
  readonly stompPort?: number;
  /** Absolute path of the folder that holds the embedded store. */
  readonly dataFolder: string;
  readonly intervalMs: number;
  readonly collect: boolean;
  readonly logLevel: LogLevel;
  /** Where InfluxDB is; left out, the embedded store is used. */
  readonly influx?: InfluxConfig;
  /** For texts that show a command. */
  readonly commandLine: CommandLine;
}

export interface InfluxConfig {
  readonly url: string;
  /** Left out: the databases are listed and none is opened. */
  readonly database?: string;
  readonly retentionPolicy?: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The operator asked for something that can't be done; the message says what to do. Shown without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** `--help` or `--version` was asked for and has been printed. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown';
}

const minIntervalMs = 1_000;
const maxIntervalMs = 300_000;

/**
 * Reads the command line and the environment.
 * @param command how the user starts hostcast, for the texts that show a command: `npm start --` or `hostcast`
 * @throws UserError on an unknown flag, a value out of range, an unreadable token file, an open bind
 * @throws HelpShown after `--help` and `--version`
 */
export function readConfig(args: readonly string[], environment: NodeJS.ProcessEnv, command: string): Config {
  const flags = parseFlags(args, environment);
  const commandLine = new CommandLine(command, args);
  if (!isLoopback(flags.host) && flags.auth !== 'none') {
    throw new UserError(
      `--host ${flags.host} lets other machines reach hostcast, and there is no login yet: everybody there could ` +
        'read all figures and write their own.\nIf that network is trusted, say so:\n\n' +
        `  ${commandLine.with({ '--host': flags.host, '--auth': 'none' })}\n`,
    );
  }
  const influx = influxConfig(flags, environment);
  return {
    host: flags.host,
    port: flags.port,
    ...(flags.stompPort !== undefined && { stompPort: flags.stompPort }),
    dataFolder: resolve(flags.data),
    intervalMs: flags.interval,
    collect: flags.collect ?? influx === undefined,
    logLevel: flags.logLevel,
    ...(influx && { influx }),
    commandLine,
  };
}

/** True for the addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

interface Flags {
  host: string;
  port: number;
  stompPort?: number;
  data: string;
  interval: number;
  auth?: 'none';
  collect?: boolean;
  logLevel: LogLevel;
  influxUrl?: string;
  influxDb?: string;
  influxRp?: string;
  influxUser?: string;
  influxTokenFile?: string;
}

function parseFlags(args: readonly string[], environment: NodeJS.ProcessEnv): Flags {
  let errorText = '';
  const program = describeProgram()
    .exitOverride()
    .configureOutput({ writeErr: (text) => (errorText += text), outputError: (text) => (errorText += text) });
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw new HelpShown();
    throw new UserError(`${errorText.trim().replace(/^error: /, '')}\nSee --help for all options.`);
  }
  const flags = program.opts<Flags>();
  if (flags.influxUrl === undefined) {
    const orphan = Object.keys(flags).find((key) => key.startsWith('influx'));
    if (orphan !== undefined) throw new UserError(`--${kebab(orphan)} needs --influx-url as well`);
  }
  if (environment.HOSTCAST_INFLUX_TOKEN !== undefined && flags.influxTokenFile !== undefined) {
    throw new UserError('the InfluxDB token is given twice: HOSTCAST_INFLUX_TOKEN and --influx-token-file');
  }
  return flags;
}

function describeProgram(): Command {
  return new Command('hostcast')
    .description('Live host monitoring: measured once, pushed to everyone who looks.')
    .version(readVersion())
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 chooses a free one', parsePort, 4678)
    .option('--stomp-port <number>', 'also speak plain STOMP over TCP on this port (default: off)', parsePort)
    .option('--data <folder>', 'where the embedded store keeps its data', 'data')
    .addOption(
      new Option('--interval <duration>', 'how often to measure and to publish, 1s to 5m')
        .argParser(parseInterval)
        .default(10_000, '10s'),
    )
    .addOption(
      new Option('--auth <mode>', 'needed to listen on other than loopback addresses: no login').choices([
        'none',
      ]),
    )
    .option('--collect', 'measure this host (the default without --influx-url)')
    .option('--no-collect', 'do not measure this host')
    .option('--influx-url <url>', 'read from an InfluxDB, for example http://127.0.0.1:8086', parseUrl)
    .option('--influx-db <name>', 'its database; left out, the databases are listed, and that is all')
    .option('--influx-rp <name>', 'its retention policy; left out, the default one')
    .option('--influx-user <name>', 'its user; the password comes from HOSTCAST_INFLUX_PASSWORD')
    .option('--influx-token-file <file>', 'file with its token; or the token in HOSTCAST_INFLUX_TOKEN')
    .addOption(
      new Option('--log-level <level>', 'least important line to log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .allowExcessArguments(false);
}

function influxConfig(flags: Flags, environment: NodeJS.ProcessEnv): InfluxConfig | undefined {
  if (flags.influxUrl === undefined) return undefined;
  const password = environment.HOSTCAST_INFLUX_PASSWORD;
  const token =
    flags.influxTokenFile === undefined
      ? environment.HOSTCAST_INFLUX_TOKEN
      : readSecret(flags.influxTokenFile);
  return {
    url: flags.influxUrl,
    ...(flags.influxDb !== undefined && { database: flags.influxDb }),
    ...(flags.influxRp !== undefined && { retentionPolicy: flags.influxRp }),
    ...(flags.influxUser !== undefined && { username: flags.influxUser }),
    ...(password !== undefined && { password }),
    ...(token !== undefined && { token }),
  };
}

function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UserError(`--influx-token-file ${file} cannot be read: ${String(error)}`);
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return port;
}

function parseInterval(text: string): number {
  const match = /^(\d+)(ms|s|m)$/.exec(text);
  const intervalMs = Number(match?.[1]) * { ms: 1, s: 1_000, m: 60_000 }[match?.[2] ?? 'ms']!;
  if (!(intervalMs >= minIntervalMs && intervalMs <= maxIntervalMs)) {
    throw new InvalidArgumentError('It is a duration from 1s to 5m, such as 10s.');
  }
  return intervalMs;
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('It is an http or https address, such as http://127.0.0.1:8086.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError(
      'Give the user by --influx-user and the password by HOSTCAST_INFLUX_PASSWORD.',
    );
  }
  return text.replace(/\/+$/, '');
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String(version);
}
