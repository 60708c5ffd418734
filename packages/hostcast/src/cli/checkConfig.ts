import { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { addFlags } from '../config/flags.ts';
import { faultsError, readAll } from '../config/readConfig.ts';
import { allSettings, settings } from '../config/schema.ts';
import { type AnySetting, defaultOf } from '../config/setting.ts';
import type { Sources } from '../config/sources.ts';
import { fileKeys } from '../login/jwks.ts';
import type { CliContext } from './context.ts';

/** `hostcast check-config`: says all that is wrong with the configuration, or what it is and from where. */
export function checkConfigCommand(context: CliContext): Command {
  const command = addFlags(new Command('check-config')).description(
    'Say what is wrong with the configuration, or where each setting comes from; takes the same flags.',
  );
  return command.action(() => {
    const { config, sources, faults } = readAll(command, context);
    if (config === undefined) throw faultsError(faults);
    if (config.jwt?.jwksFile !== undefined) fileKeys(config.jwt.jwksFile); // throws what the start would
    context.write(configurationText(config, sources));
  });
}

function configurationText(config: Config, sources: Sources): string {
  const head = ['setting', 'value', 'from'];
  const derived = derivedValues(config, sources);
  const rows = [head, ...allSettings.map((setting) => rowOf(setting, sources, derived))];
  const widths = head.map((_, column) => Math.min(50, Math.max(...rows.map((row) => row[column]!.length))));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const warnings = config.warnings.map((warning) => `\nwarning: ${warning}\n`);
  return `${lines.join('\n')}\n${warnings.join('')}\nThe configuration is right.\n`;
}

function rowOf(setting: AnySetting, { given }: Sources, derived: ReadonlyMap<AnySetting, string>): string[] {
  const { key, kind } = setting;
  const said = given.get(key);
  if (said !== undefined) return [key, kind.show(kind.read(said.text)), said.where];
  const value = derived.get(setting) ?? (setting.initialText === undefined ? defaultOf(setting) : undefined);
  return [key, value ?? '-', 'default'];
}

/** Settings whose default depends on others. */
function derivedValues({ auth, collect }: Config, { file }: Sources): ReadonlyMap<AnySetting, string> {
  const derived = new Map<AnySetting, string>([
    [settings.auth, auth],
    [settings.collect, String(collect)],
  ]);
  if (file !== undefined) derived.set(settings.config, file);
  return derived;
}
