import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { expect, it } from 'vitest';
import { readConfig } from '../../src/config/readConfig.ts';
import { allSettings } from '../../src/config/schema.ts';
import { environmentName, flagName, nameInSection, sectionOf } from '../../src/config/setting.ts';
import { UserError } from '../../src/config/userError.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

const likelyTexts = [
  '',
  '0',
  '1',
  '10s',
  '16MiB',
  'true',
  'none',
  '*',
  'http://x',
  'a,b',
  '/nowhere',
  '-1',
  '1e9',
  '--port',
];
const text = fc.oneof(
  fc.constantFrom(...likelyTexts, ...allSettings.flatMap(({ example }) => example ?? [])),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const someSetting = fc.constantFrom(...allSettings);
const tomlValue = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
  fc.constant(new Date(0)),
  fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 2 }),
);

/** A configuration, or a UserError that names one of these; anything else fails the property. */
function readsOrNames(names: readonly string[], read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(
      names.some((name) => message.includes(name)),
      message,
    ).toBe(true);
  }
}

/** Names that may have to be told besides the one that was given: of the login that is asked for. */
const others = ['--auth none'];

it('any value of any setting in the file is taken, or refused with its key', () => {
  const at = makeFolder();
  fc.assert(
    fc.property(someSetting, tomlValue, (setting, value) => {
      const table = { [nameInSection(setting)]: value };
      const section = sectionOf(setting);
      writeFileSync(join(at, 'hostcast.toml'), stringify(section === '' ? table : { [section]: table }));
      readsOrNames([setting.key, ...others], () => readConfig([], {}, 'hostcast', at));
    }),
    { numRuns: 300 },
  );
});

it('any keys at all in the file are taken, or refused with one of them', () => {
  const at = makeFolder();
  const key = fc.oneof(
    fc.constantFrom('influx', 'port', '__proto__', 'constructor', ''),
    fc.string({ maxLength: 12 }),
  );
  const tables = fc.dictionary(key, fc.oneof(tomlValue, fc.dictionary(key, tomlValue, { maxKeys: 3 })), {
    maxKeys: 3,
  });
  fc.assert(
    fc.property(tables, (table) => {
      writeFileSync(join(at, 'hostcast.toml'), stringify(table));
      readsOrNames(['hostcast.toml'], () => readConfig([], {}, 'hostcast', at));
    }),
    { numRuns: 300 },
  );
});

it('any octets in the file are taken, or refused with its name', () => {
  const at = makeFolder();
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .string({
        unit: fc.constantFrom('[', ']', '=', '"', "'", '.', '\n', ' ', 'port', '1', '{', '}', ',', '#', '\\'),
      })
      .map((given) => Buffer.from(given)),
  );
  fc.assert(
    fc.property(octets, (given) => {
      writeFileSync(join(at, 'hostcast.toml'), given);
      readsOrNames(['hostcast.toml'], () => readConfig([], {}, 'hostcast', at));
    }),
    { numRuns: 400 },
  );
});

it('any value of any variable is taken, or refused with its name', () => {
  const at = makeFolder();
  fc.assert(
    fc.property(someSetting, text, (setting, value) => {
      const name = environmentName(setting);
      const named = [name, 'cannot be read', ...others];
      readsOrNames(named, () => readConfig([], { [name]: value }, 'hostcast', at));
    }),
    { numRuns: 400 },
  );
});

it('any variable HOSTCAST_… is known, or refused with its name', () => {
  const at = makeFolder();
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ minLength: 1, maxLength: 5 }), (rest, value) => {
      const name = `HOSTCAST_${rest}`;
      readsOrNames([name], () => readConfig([], { [name]: value }, 'hostcast', at));
    }),
    { numRuns: 300 },
  );
});

it('any words on the command line are taken, or refused', () => {
  const at = makeFolder();
  const shown = new Set(['--help', '-h', '--version', '-V']);
  const word = fc.oneof(
    someSetting.map((setting) => flagName(setting)),
    fc.tuple(someSetting, text).map(([setting, value]) => `${flagName(setting)}=${value}`),
    text.filter((given) => !shown.has(given) && !/^-[hV]/.test(given)),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (args) => {
      readsOrNames([''], () => readConfig(args, {}, 'hostcast', at));
    }),
    { numRuns: 400 },
  );
});
