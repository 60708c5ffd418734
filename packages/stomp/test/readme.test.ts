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
    expect(names).toHaveLength(7);
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
