import { readFileSync, statSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { parse, TomlDate, TomlError } from 'smol-toml';
import type { Fault, Given, SourceReading } from './given.ts';
import type { Kind } from './kinds.ts';
import { type Position, positionOf, positionsIn } from './locate.ts';
import { nearest } from './nearest.ts';
import { allSettings, sections } from './schema.ts';
import { type AnySetting, environmentName, flagName, nameInSection } from './setting.ts';

const largestFileBytes = 1024 * 1024;

/**
 * Reads hostcast.toml. Whatever is wrong is a fault with its place, and costs only itself where that can be.
 * @param folder the working folder: the file is called as it is from there
 */
export function readSettingsFile(path: string, folder: string): SourceReading {
  const file = calledFrom(folder, path);
  const toml = textOf(path, file);
  if (typeof toml !== 'string') return { given: new Map(), faults: [toml] };
  try {
    // Keys stand in own properties of a plain object here, `__proto__` too, and are only ever listed.
    return settingsIn(parse(toml), toml, { file, folder: dirname(path) });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    return {
      given: new Map(),
      faults: [fault(`${file}:${error.line}:${error.column}: no TOML: ${reason}`, error.line)],
    };
  }
}

function calledFrom(folder: string, path: string): string {
  const short = relative(folder, path);
  return short.startsWith('..') ? path : short;
}

function textOf(path: string, file: string): string | Fault {
  try {
    const { size } = statSync(path);
    if (size > largestFileBytes) return fault(`${file}: it is larger than ${largestFileBytes} octets`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (isNotUtf8(error)) return fault(`${file}: it is not UTF-8`);
    const reason = error instanceof Error ? error.message : String(error);
    return fault(`${file} cannot be read: ${reason}`);
  }
}

/** A path that is none is a TypeError, too. */
function isNotUtf8(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

interface Place {
  /** As it is called in messages. */
  readonly file: string;
  /** Absolute. */
  readonly folder: string;
}

/** What is being read, for those below. */
interface Reading {
  readonly given: Map<string, Given>;
  readonly faults: Fault[];
  readonly positions: ReadonlyMap<string, Position>;
  readonly file: string;
  readonly folder: string;
}

function settingsIn(table: object, toml: string, { file, folder }: Place): SourceReading {
  const reading: Reading = { given: new Map(), faults: [], positions: positionsIn(toml), file, folder };
  readTable(table, '', reading);
  return { given: reading.given, faults: reading.faults };
}

function readTable(table: object, prefix: string, reading: Reading): void {
  for (const [name, value] of Object.entries(table)) {
    const key = prefix + name;
    const setting = allSettings.find((each) => each.key === key && !each.isOutsideFile);
    const isSection = prefix === '' && name !== '' && sections.some((section) => section.name === name);
    if (setting !== undefined && !name.includes('.')) readSetting(setting, value, reading);
    else if (!isSection) refuse(reading, key, unknown(key, value));
    else if (isTable(value)) readTable(value, `${key}.`, reading);
    else refuse(reading, key, `it is a section: write [${key}] on a line of its own, and its settings below`);
  }
}

function readSetting(setting: AnySetting, value: unknown, reading: Reading): void {
  const { key, kind, isSecret } = setting;
  if (isSecret) {
    refuse(
      reading,
      key,
      'a secret does not belong into this file, which is copied and shown around: put it into the environment ' +
        `variable ${environmentName(setting)}, or into a file of its own that ${key}-file names`,
    );
    return;
  }
  const text = textFrom(value, kind);
  if (text === undefined) {
    refuse(reading, key, `it is ${formOf(kind)}`);
    return;
  }
  const { where, line } = placeOf(key, reading);
  reading.given.set(key, { text, source: 'file', where, line, folder: reading.folder });
}

/** The value as the other sources write it; undefined where TOML has another type. */
function textFrom(value: unknown, { toml }: Kind<unknown>): string | undefined {
  switch (toml) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? String(value) : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? value.join(',')
        : undefined;
  }
}

function formOf({ toml, placeholder }: Kind<unknown>): string {
  switch (toml) {
    case 'string':
      if (placeholder === '<duration>') return 'a duration with its unit, in quotes: "10s"';
      if (placeholder === '<size>') return 'a size with its unit, in quotes: "16MiB"';
      return 'a text, in quotes';
    case 'integer':
      return 'a whole number, without quotes';
    case 'boolean':
      return 'true or false, without quotes';
    case 'list':
      return 'a list of texts: ["…", "…"]';
  }
}

function unknown(key: string, value: unknown): string {
  const inFile = allSettings.filter((setting) => !setting.isOutsideFile);
  if (key === 'config') return 'there is no such setting here: name the file by --config or HOSTCAST_CONFIG';
  if (isTable(value)) {
    const section = nearest(
      key,
      sections.map(({ name }) => name).filter((name) => name !== ''),
    );
    return `there is no such section${section === undefined ? '' : `; did you mean [${section}]?`}`;
  }
  const meant = meantBy(key, inFile);
  return `there is no such setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** The right name in the wrong section, or as a flag has it; or a wrong name. */
function meantBy(key: string, inFile: readonly AnySetting[]): string | undefined {
  const name = key.slice(key.lastIndexOf('.') + 1);
  const byFlag = new Map(inFile.map((setting) => [flagName(setting).slice(2), setting.key]));
  const byName = new Map(inFile.map((setting) => [nameInSection(setting), setting.key]));
  const exact = byName.get(name) ?? byFlag.get(name);
  return exact ?? nearest(key, byFlag.values()) ?? byName.get(nearest(name, byName.keys()) ?? '');
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof TomlDate);
}

function refuse(reading: Reading, key: string, reason: string): void {
  const { where, line } = placeOf(key, reading);
  reading.faults.push(fault(`${where}: ${shownKey(key)}: ${reason}`, line));
}

/** Keys may hold anything; a terminal should not. */
function shownKey(key: string): string {
  return /^[\w.-]{1,80}$/.test(key) ? key : JSON.stringify(key.slice(0, 80));
}

function placeOf(
  key: string,
  { file, positions }: Reading,
): { readonly where: string; readonly line: number | undefined } {
  const position = positionOf(key, positions);
  if (position === undefined) return { where: file, line: undefined };
  return { where: `${file}:${position.line}:${position.column}`, line: position.line };
}

function fault(text: string, line?: number): Fault {
  return { text, line, isUsage: false };
}
