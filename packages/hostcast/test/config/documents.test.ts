import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configurationPage, exampleFile } from '../../src/config/documents.ts';
import { readSettingsFile } from '../../src/config/file.ts';
import { allSettings } from '../../src/config/schema.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

const docs = join(import.meta.dirname, '../../../../docs');

it('the documents are those of the schema: npm run docs:config', () => {
  expect(readFileSync(join(docs, 'configuration.md'), 'utf8')).toBe(configurationPage());
  expect(readFileSync(join(docs, 'hostcast.toml'), 'utf8')).toBe(exampleFile());
});

it('the example holds every setting, each with a value that is right', () => {
  const folder = makeFolder();
  const path = join(folder, 'hostcast.toml');
  writeFileSync(path, exampleFile().replace(/^# ([a-z-]+ = )/gm, '$1'));
  const { given, faults } = readSettingsFile(path, folder);
  expect(faults).toEqual([]);
  const inFile = allSettings.filter(({ isSecret, isOutsideFile }) => !isSecret && !isOutsideFile);
  expect([...given.keys()]).toEqual(inFile.map(({ key }) => key));
  for (const { key, kind } of inFile)
    expect(kind.show(kind.read(given.get(key)!.text)), key).toBeTypeOf('string');
});

it('the example as it is changes nothing', () => {
  const folder = makeFolder();
  const path = join(folder, 'hostcast.toml');
  writeFileSync(path, exampleFile());
  expect(readSettingsFile(path, folder)).toEqual({ given: new Map(), faults: [] });
});
