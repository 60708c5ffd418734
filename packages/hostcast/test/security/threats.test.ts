import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/schema.ts';
import { type AnySetting, defaultOf } from '../../src/config/setting.ts';

const root = join(import.meta.dirname, '../../../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** The rows of the tables of threats in docs/security.md: threat, answer, limit, tests. */
const rows = read('docs/security.md')
  .split('\n')
  .filter(
    (line) => /^\|(?:[^|]*\|){4}$/.test(line) && !line.startsWith('| ---') && !line.startsWith('| threat'),
  )
  .map((line) => line.split('|').map((cell) => cell.trim()));

test('each threat in docs/security.md has an answer, a limit and a test, and each test that it names is there', () => {
  expect(rows.length).toBeGreaterThan(35);
  const missing: string[] = [];
  for (const [, threat = '', answer, limit, tests = ''] of rows) {
    expect(answer, threat).not.toBe('');
    expect(limit, threat).not.toBe('');
    const named = [...tests.matchAll(/`([\w./-]+\.(?:test|integration|browser)\.ts)`: (.+?)(?=; `|$)/g)];
    expect(named, threat).not.toEqual([]);
    for (const [whole, file = '', name = ''] of named) {
      const path = file.startsWith('packages/') ? file : `packages/hostcast/test/${file}`;
      if (!read(path).includes(name)) missing.push(whole);
    }
  }
  expect(missing).toEqual([]);
});

test('each setting in docs/security.md is there and has the default that is told', () => {
  const known = new Map<string, AnySetting>(Object.values(settings).map((setting) => [setting.key, setting]));
  const told = rows.flatMap(([, , , limit = '']) => [...limit.matchAll(/`([\w.-]+)` \(([^)]*)\)/g)]);
  expect(told.length).toBeGreaterThan(20);
  for (const [, key = '', value = ''] of told) {
    const setting = known.get(key);
    expect(setting, key).toBeDefined();
    expect(value.split(' ')[0], key).toBe(defaultOf(setting!) ?? 'none');
  }
});

test('no dependency runs a script when it is installed', () => {
  expect(read('package-lock.json')).not.toContain('"hasInstallScript": true');
});
