import { type Command, CommanderError, Option } from 'commander';
import type { Fault, Given, SourceReading } from './given.ts';
import { nearest } from './nearest.ts';
import { allSettings, sections } from './schema.ts';
import { type AnySetting, defaultOf, environmentName, flagName, sectionOf } from './setting.ts';
import { HelpShown, UserError } from './userError.ts';

/**
 * Gives a command the flags of all settings, or of those whose keys are named. What is wrong with them is found
 * by `readFlags`, all at once, and not by commander.
 */
export function addFlags(command: Command, keys?: readonly string[]): Command {
  const chosen = allSettings.filter(({ key }) => keys === undefined || keys.includes(key));
  for (const section of sections) {
    const heading = section.name === '' ? 'Options:' : `${section.title}:`;
    for (const setting of chosen) {
      if (sectionOf(setting) !== section.name) continue;
      for (const option of optionsOf(setting)) command.addOption(option.helpGroup(heading));
    }
  }
  if (keys === undefined) command.addHelpText('after', helpEnd);
  return command.allowUnknownOption().allowExcessArguments();
}

const helpEnd = `
What is a flag here can also be set in the environment or in hostcast.toml; flags win over the environment, and
that over the file:

  --influx-url http://127.0.0.1:8086
  HOSTCAST_INFLUX_URL=http://127.0.0.1:8086
  [influx]
  url = "http://127.0.0.1:8086"

Durations have a unit (ms, s, m, h, d), sizes too (B, KiB, MiB, GiB); lists have commas between their entries.
Secrets come from the environment or from a file of their own, never from a flag.

Examples:
  hostcast --port 5000 --interval 5s
  hostcast --host 0.0.0.0 --auth none
  hostcast --influx-url http://127.0.0.1:8086 --influx-db telegraf
  hostcast --config /etc/hostcast/hostcast.toml
  hostcast check-config --config /etc/hostcast/hostcast.toml`;

/** The flags that a command, and those above it, were given; words that are none are faults. */
export function readFlags(command: Command, folder: string): SourceReading {
  const given = new Map<string, Given>();
  for (let each: Command | null = command; each !== null; each = each.parent) {
    for (const setting of allSettings) {
      const found = flagOf(each, setting, folder);
      if (found !== undefined && !given.has(setting.key)) given.set(setting.key, found);
    }
  }
  const expected = command.registeredArguments.length;
  return { given, faults: [...secretFaults(given), ...unknownWords(command, command.args.slice(expected))] };
}

/**
 * Runs commander without letting it end the process: `parse` gets the command prepared for that.
 * @throws HelpShown after `--help` and `--version`, UserError for what commander refuses
 */
export async function withCommander(command: Command, parse: () => unknown): Promise<void> {
  const heard = listen(command);
  try {
    await parse();
  } catch (error) {
    throw heard(error);
  }
}

/** As `withCommander`, for commands without actions that wait. */
export function withCommanderSync(command: Command, parse: () => unknown): void {
  const heard = listen(command);
  try {
    parse();
  } catch (error) {
    throw heard(error);
  }
}

function listen(command: Command): (error: unknown) => unknown {
  let errorText = '';
  const hear = (text: string) => {
    errorText += text;
  };
  const prepare = (each: Command) => {
    each.exitOverride().configureOutput({ writeErr: hear, outputError: hear });
    for (const child of each.commands) prepare(child);
  };
  prepare(command);
  return (error) => {
    if (!(error instanceof CommanderError)) return error;
    if (error.exitCode === 0) return new HelpShown();
    // What was given to a flag may be a secret, and errors are kept in logs.
    const text = errorText
      .replace(/^(error: unknown option '[^'=]*)=.*'/s, "$1'")
      .replace(/:\/\/[^/\s]*@/g, '://…@'); // user and password of an address
    return new UserError(withHelpHint(text.trim().replace(/^error: /, '')));
  };
}

/** A message on the use of the command line, with where to read more. */
export function withHelpHint(message: string): string {
  return `${message}\nSee --help for all options.`;
}

function optionsOf(setting: AnySetting): Option[] {
  const flag = flagName(setting);
  const { kind, isSecret, text } = setting;
  if (isSecret) return [new Option(`${flag} [secret]`, text).hideHelp()];
  if (kind.toml === 'boolean') {
    const negated = new Option(`--no-${flag.slice(2)}`, `do not ${text}`);
    return [new Option(flag, helpText(setting)), negated];
  }
  const option = new Option(`${flag} ${kind.placeholder}`, helpText(setting));
  if (kind.toml !== 'list') return [option];
  return [option.argParser((value, before: string | undefined) => (before ? `${before},${value}` : value))];
}

function helpText(setting: AnySetting): string {
  const initial = defaultOf(setting);
  const secret = allSettings.find(({ key, isSecret }) => isSecret && `${key}-file` === setting.key);
  const instead = secret === undefined ? '' : `; or put it into ${environmentName(secret)}`;
  return setting.text + instead + (initial === undefined ? '' : ` (default: ${initial})`);
}

function flagOf(command: Command, setting: AnySetting, folder: string): Given | undefined {
  const flag = flagName(setting);
  const option = command.options.find(({ long }) => long === flag);
  if (option === undefined || command.getOptionValueSource(option.attributeName()) !== 'cli')
    return undefined;
  const value: unknown = command.getOptionValue(option.attributeName());
  const where = value === false ? `--no-${flag.slice(2)}` : flag;
  return { text: String(value), source: 'flag', where, line: undefined, folder };
}

function secretFaults(given: Map<string, Given>): Fault[] {
  const faults: Fault[] = [];
  for (const setting of allSettings) {
    if (!setting.isSecret || !given.delete(setting.key)) continue;
    const flag = flagName(setting);
    faults.push({
      text:
        `${flag}: a secret in a flag can be read by everybody in the list of processes: put it into the ` +
        `environment variable ${environmentName(setting)}, or into a file that ${flag}-file names`,
      line: undefined,
      isUsage: false,
    });
  }
  return faults;
}

function unknownWords(command: Command, words: readonly string[]): Fault[] {
  const known = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long ?? '');
  const flags = command.args.filter((word) => /^--?[A-Za-z]/.test(word));
  const faults = flags.map((word) => {
    const [name = word] = word.split('=');
    const meant = nearest(name, known);
    return `unknown option '${name}'${meant === undefined ? '' : `\n(Did you mean ${meant}?)`}`;
  });
  // A word behind an unknown flag may be its value.
  if (faults.length === 0 && words.length > 0) faults.push(tooMany(command, words[0]!));
  return faults.map((text) => ({ text, line: undefined, isUsage: true }));
}

function tooMany(command: Command, word: string): string {
  const meant = nearest(
    word,
    command.commands.map((each) => each.name()),
  );
  const hint = meant === undefined ? '' : `\n(Did you mean ${meant}?)`;
  const noCommand = command.commands.length > 0 ? 'is no command and ' : '';
  return `too many arguments: ${JSON.stringify(word.slice(0, 60))} ${noCommand}belongs to no flag${hint}`;
}
