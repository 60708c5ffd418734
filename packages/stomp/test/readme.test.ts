import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type DisconnectReason, defaultLimits } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';
import { endings } from '../src/errors.ts';
import { resolveOptions } from '../src/options.ts';

const folder = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(folder, file), 'utf8');
const readme = read('README.md');

/** The cells of all table rows of a section. */
function tableOf(heading: string): string[][] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.map((line) => line.slice(2, -2).split(' | '));
}

describe('the README', () => {
  test('has the options and limits of options.ts, with their defaults', () => {
    const { status, stderr } = spawnSync(process.execPath, ['../../scripts/stompReadme.mjs', '--check'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  test('tells the default of each option as it is', () => {
    expect(resolveOptions()).toMatchObject({
      path: '/ws',
      heartbeat: [10_000, 10_000],
      pingIsLife: false,
      allowedOrigins: [],
      allowedHosts: ['*'],
      trustedProxies: [],
      compression: undefined,
      lenientSubscribe: false,
      limits: defaultLimits,
    });
  });

  test('has every error code, once', () => {
    const [, union = ''] = /export type StompErrorCode =([^;]*);/.exec(read('src/errors.ts')) ?? [];
    const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => `\`${match[1]}\``);
    expect(codes.length).toBeGreaterThan(30);
    expect(
      tableOf('Errors')
        .map(([code]) => code)
        .slice(1),
    ).toEqual(codes);
  });

  test('has every event', () => {
    const [, events = ''] = /interface StompEvents \{(.*?)\n\}/s.exec(read('src/events.ts')) ?? [];
    const names = [...events.matchAll(/^ {2}(\w+):/gm)].map((match) => match[1] ?? '');
    const told = tableOf('Events, and the end of a session').flatMap(
      ([cell = '']) => cell.match(/\w+/g) ?? [],
    );
    expect(told).toEqual(expect.arrayContaining(names));
    expect(names).toHaveLength(9);
  });

  test('has every reason with its close code and its advice', () => {
    const rows = tableOf('Events, and the end of a session');
    const told = new Map<string, string>();
    for (const [reasons = '', close = '', reconnect = ''] of rows.slice(
      rows.findIndex(([cell]) => cell === 'reason'),
    )) {
      for (const [, reason = ''] of reasons.matchAll(/`([\w-]+)`/g)) {
        told.set(reason, `${close.match(/\d+/)?.[0] ?? '–'} ${reconnect}`);
      }
    }
    const expected = new Map<DisconnectReason, string>([
      ['client', '1000 –'],
      ['socket', '– –'],
    ]);
    for (const [reason, { closeCode, reconnect }] of Object.entries(endings)) {
      expected.set(reason as DisconnectReason, `${closeCode} ${reconnect}`);
    }
    expect(told).toEqual(expected);
  });
});

test.each(['README.md', ...readdirSync(join(folder, 'docs')).map((name) => `docs/${name}`)])(
  'every file that %s links to is there, and in the package',
  (file) => {
    const links = [...read(file).matchAll(/\]\(([^)#]+)/g)].map((match) => match[1] ?? '');
    const local = links.filter((link) => !link.startsWith('http'));
    const targets = local.map((link) => join(folder, dirname(file), link));
    expect(targets.filter((target) => !existsSync(target))).toEqual([]);
    const isPacked = (target: string) => /^(?:docs\/|examples\/|README\.md$)/.test(relative(folder, target));
    expect(targets.filter((target) => !isPacked(target))).toEqual([]);
  },
);

test('the Spring comparison quotes the example that is run', () => {
  const [, ...blocks] = read('docs/spring.md').split('```ts\n');
  const example = read('examples/spring.ts').replace(/ *\/\/.*$/gm, '');
  const lines = new Set(example.split('\n').map((line) => line.trim()));
  const quoted = blocks
    .flatMap((block) => (block.split('```')[0] ?? '').split('\n'))
    .map((line) => line.trim());
  const isOwn = (line: string) => line === '' || line.startsWith('//');
  // The handler stands for @MessageMapping, which the original application does not have.
  const extra = ["stomp.handle('/app/chat', (message, session) => {", '});'];
  expect(quoted.filter((line) => !isOwn(line) && !lines.has(line) && !extra.includes(line))).toEqual([]);
});

describe('the cases of Spring', () => {
  const titles = (file: string) =>
    [...read(file).matchAll(/(?<=[\s([])'((?:[^'\\]|\\.)*)'/g)].map((match) => match[1] ?? '');
  const idsOf = (files: readonly string[], pattern: RegExp) => [
    ...new Set(files.flatMap(titles).flatMap((title) => pattern.exec(title)?.[1] ?? [])),
  ];
  const [, section = ''] = read('docs/spring.md').split('\n## Case by case');
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('| W'))
    .map((line) => line.slice(2, -2).split(' | '));

  test('have four cells each, none of them empty', () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter((row) => row.length !== 4 || row.some((cell) => cell.trim() === ''))).toEqual([]);
  });

  test('have each a test that is there, under the name that the table says', () => {
    const missing = rows.filter(([id = '', , here = '']) => {
      const [, name = here, file] = /^(.*) \(`(test\/.*)`\)$/.exec(here) ?? [];
      if (file !== undefined) return !titles(file).includes(name);
      const inSpring = titles('test/spring.test.ts').map((title) => title.replace(/: %s$/, ''));
      return !inSpring.includes(`${id}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  test('that have a test are in the table', () => {
    const told = new Set(rows.map(([id]) => id));
    const tested = idsOf(['test/spring.test.ts'], /^(W\d+[a-z]?): /);
    expect(tested.length).toBeGreaterThan(50);
    expect(tested.filter((id) => !told.has(id))).toEqual([]);
  });

  test('of channels and the handshake each have a test of their own', () => {
    const numbered = (letter: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    const expected = [
      ...[...numbered('S', 19), 'S10b', 'S10c', 'S10d', 'S17b'],
      ...[...numbered('E', 8), 'E2b', ...numbered('R', 9), ...numbered('H', 7)],
    ];
    const files = [
      'test/channel.test.ts',
      'test/channel.deliveries.test.ts',
      'test/transport/handshake.test.ts',
    ];
    expect(idsOf(files, /^([SERH]\d+[a-z]?): /).sort()).toEqual(expected.sort());
  });
});
