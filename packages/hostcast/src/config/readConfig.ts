import { Command } from 'commander';
import { CommandLine } from '../commandLine.ts';
import { version } from '../version.ts';
import type { Config } from './config.ts';
import { configFrom } from './configFrom.ts';
import { addFlags, readFlags, withCommanderSync, withHelpHint } from './flags.ts';
import type { Fault } from './given.ts';
import { gather, type Sources } from './sources.ts';
import { UserError } from './userError.ts';

/** Where settings come from, besides the flags. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  /** The working folder: hostcast.toml is looked for there, relative paths begin there. */
  readonly folder: string;
  /** For texts that show a command. */
  readonly commandLine: CommandLine;
}

/** A configuration, and where each of its settings comes from. */
export interface Reading {
  /** Undefined where there is a fault. */
  readonly config: Config | undefined;
  readonly sources: Sources;
  readonly faults: readonly Fault[];
}

/**
 * Reads hostcast.toml, the environment and the command line, in the order of rising precedence.
 * @param command how the user starts hostcast, for the texts that show a command: `npm start --` or `hostcast`
 * @param folder the working folder
 * @throws UserError with all that is wrong: unknown keys, values out of range, files that can't be read, an open bind
 * @throws HelpShown after `--help` and `--version`
 */
export function readConfig(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  command: string,
  folder: string = process.cwd(),
): Config {
  const program = addFlags(describeProgram());
  withCommanderSync(program, () => program.parse([...args], { from: 'user' }));
  return configOf(program, { environment, folder, commandLine: new CommandLine(command, args) });
}

/** The program's name, purpose and version, without flags. */
export function describeProgram(): Command {
  return new Command('hostcast')
    .description('Live host monitoring: measured once, pushed to everyone who looks.')
    .version(version);
}

/**
 * The configuration for a command that commander has parsed; `addFlags` gave it its flags.
 * @throws UserError with all that is wrong
 */
export function configOf(command: Command, surroundings: Surroundings): Config {
  const { config, faults } = readAll(command, surroundings);
  if (config === undefined) throw faultsError(faults);
  return config;
}

/** As `configOf`, but tells instead of throws. */
export function readAll(command: Command, { environment, folder, commandLine }: Surroundings): Reading {
  const sources = gather(readFlags(command, folder), environment, folder);
  const { config, faults } = configFrom(sources, folder, commandLine);
  const all = inOrder([...sources.faults, ...faults]);
  return { config: all.length === 0 ? config : undefined, sources, faults: all };
}

/** Those in hostcast.toml first, from its top to its end. */
function inOrder(faults: readonly Fault[]): readonly Fault[] {
  const last = Number.POSITIVE_INFINITY;
  return [...faults].sort((a, b) => ((a.line ?? last) < (b.line ?? last) ? -1 : a.line === b.line ? 0 : 1));
}

/** All faults in one message. */
export function faultsError(faults: readonly Fault[]): UserError {
  const text = faults.map((fault) => fault.text).join('\n');
  return new UserError(faults.some(({ isUsage }) => isUsage) ? withHelpHint(text) : text);
}
