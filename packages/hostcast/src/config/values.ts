import { resolve } from 'node:path';
import type { Fault, Given } from './given.ts';
import { InvalidValue } from './kinds.ts';
import { readSecretFile } from './secrets.ts';
import { type AnySetting, environmentName, flagName, type Setting } from './setting.ts';

/** Turns what was given into values, and keeps what is wrong with it: a faulty setting reads as its default. */
export class Values {
  readonly faults: Fault[] = [];
  readonly warnings: string[] = [];
  readonly #given: ReadonlyMap<string, Given>;
  readonly #folder: string;

  /** @param folder the working folder, for paths that are defaults */
  constructor(given: ReadonlyMap<string, Given>, folder: string) {
    this.#given = given;
    this.#folder = folder;
  }

  read<Value, Default extends Value | undefined>(setting: Setting<Value, Default>): Value | Default {
    const given = this.#given.get(setting.key);
    if (given === undefined) return setting.initial;
    try {
      return setting.kind.read(given.text);
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error;
      this.faults.push({
        text: `${this.called(setting)}: ${error.message}`,
        line: given.line,
        isUsage: given.source === 'flag',
      });
      return setting.initial;
    }
  }

  /** A path, absolute. One in hostcast.toml begins at the folder of that file. */
  readPath<Default extends string | undefined>(setting: Setting<string, Default>): string | Default {
    const path = this.read(setting);
    if (path === undefined) return path;
    return resolve(this.#given.get(setting.key)?.folder ?? this.#folder, path);
  }

  /** A secret, from the environment or from the file that the other setting names. */
  readSecret(
    secret: Setting<string, undefined>,
    fileSetting: Setting<string, undefined>,
  ): string | undefined {
    const inEnvironment = this.read(secret);
    const file = this.readPath(fileSetting);
    if (file === undefined) return inEnvironment;
    if (inEnvironment === undefined) return this.#secretIn(file, fileSetting);
    if (this.#given.get(fileSetting.key)?.source !== 'file') {
      this.refuse(fileSetting, ` and ${environmentName(secret)}: the secret is given twice`);
    }
    return inEnvironment;
  }

  isGiven({ key }: AnySetting): boolean {
    return this.#given.has(key);
  }

  /** A setting as whoever gave it knows it: `--port`, `HOSTCAST_PORT`, `hostcast.toml:3:1: port`. */
  called({ key }: AnySetting): string {
    const given = this.#given.get(key);
    if (given === undefined) return key;
    return given.source === 'file' ? `${given.where}: ${key}` : given.where;
  }

  /** Refuses a setting without its fellow, in the words of the source that it comes from. */
  refuseWithout(setting: AnySetting, fellow: AnySetting): void {
    const source = this.#given.get(setting.key)?.source;
    const name =
      source === 'flag' ? flagName(fellow) : source === 'environment' ? environmentName(fellow) : fellow.key;
    this.refuse(setting, ` needs ${name} as well`);
  }

  /** @param text goes on behind the setting's name: `: it is …`, ` needs …` */
  refuse(about: AnySetting, text: string): void {
    this.faults.push({
      text: this.called(about) + text,
      line: this.#given.get(about.key)?.line,
      isUsage: false,
    });
  }

  warn(text: string): void {
    this.warnings.push(text);
  }

  #secretIn(file: string, setting: AnySetting): string | undefined {
    try {
      const { secret, isOpen } = readSecretFile(file);
      if (isOpen) this.warn(`${file} can be read by everybody on this machine: chmod o-r ${file}`);
      return secret;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.refuse(setting, ` ${file} cannot be read: ${reason}`);
      return undefined;
    }
  }
}
