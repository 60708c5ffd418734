import type { Kind } from './kinds.ts';

/**
 * One thing that can be set. Its key `influx.url` makes its names: `[influx]` `url = …` in the file,
 * `HOSTCAST_INFLUX_URL`, `--influx-url`.
 */
export interface Setting<Value, Default extends Value | undefined> {
  readonly key: string;
  readonly kind: Kind<Value>;
  /** What holds where nothing is given. */
  readonly initial: Default;
  /** What it is, in a line: for the help. Without a full stop. */
  readonly text: string;
  /** What there is to say besides, in sentences: for docs/configuration.md. */
  readonly more: string;
  /** A value to show where there is no default. */
  readonly example: string | undefined;
  /** What holds where nothing is given and that is no fixed value. */
  readonly initialText: string | undefined;
  /** Never in a flag or in hostcast.toml: in the environment, or in the file that the setting `<key>-file` names. */
  readonly isSecret: boolean;
  /** Says where the file is: not in it. */
  readonly isOutsideFile: boolean;
}

/** Any setting, where its value does not matter. */
export type AnySetting = Setting<unknown, unknown>;

interface SettingNotes {
  readonly more?: string;
  readonly initialText?: string;
  /** As in the environment. */
  readonly example?: string;
  readonly isOutsideFile?: boolean;
}

/** A setting that has a value in any case. */
export function setting<Value>(
  key: string,
  kind: Kind<Value>,
  initial: Value,
  text: string,
  notes: SettingNotes = {},
): Setting<Value, Value> {
  return { key, kind, initial, text, ...noted(notes), isSecret: false };
}

/** A setting that is undefined where nothing is given. */
export function optional<Value>(
  key: string,
  kind: Kind<Value>,
  text: string,
  notes: SettingNotes = {},
): Setting<Value, undefined> {
  return { key, kind, initial: undefined, text, ...noted(notes), isSecret: false };
}

/** A secret; the setting for its file is one of its own. */
export function secretSetting(key: string, kind: Kind<string>, text: string): Setting<string, undefined> {
  return { ...optional(key, kind, text), isSecret: true };
}

/** `HOSTCAST_INFLUX_URL` of `influx.url`. */
export function environmentName({ key }: AnySetting): string {
  return `HOSTCAST_${key.toUpperCase().replace(/[.-]/g, '_')}`;
}

/** `--influx-url` of `influx.url`. */
export function flagName({ key }: AnySetting): string {
  return `--${key.replaceAll('.', '-')}`;
}

/** `influx` of `influx.url`; '' of `port`. */
export function sectionOf({ key }: AnySetting): string {
  return key.includes('.') ? key.slice(0, key.indexOf('.')) : '';
}

/** `url` of `influx.url`, as it stands in its section. */
export function nameInSection({ key }: AnySetting): string {
  return key.slice(key.indexOf('.') + 1);
}

/** The default in words; undefined where there is none. */
export function defaultOf(setting: AnySetting): string | undefined {
  if (setting.initialText !== undefined) return setting.initialText;
  if (setting.initial === undefined) return undefined;
  const shown = setting.kind.show(setting.initial);
  return shown === '' ? undefined : shown;
}

function noted({ more = '', initialText, example, isOutsideFile = false }: SettingNotes) {
  return { more, initialText, example, isOutsideFile };
}
