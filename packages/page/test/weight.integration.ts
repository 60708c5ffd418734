import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../hostcast/dist/page/', import.meta.url));

function gzipBytes(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + statSync(`${built}${name}.gz`).size, 0);
}

/** The document, and what it names: all that is loaded before the first chart, in both languages. */
function firstFiles(): string[] {
  const html = readFileSync(`${built}index.html`, 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map(
    ([, name = '']) => name,
  );
  return ['index.html', ...named];
}

it('fleet, hosts and login have less than 67 kB as browsers get them, in both languages', () => {
  const first = firstFiles();
  expect(first).toHaveLength(3);
  expect(gzipBytes(first)).toBeLessThan(67_000);
});

it('all that can ever be loaded, connections, onboarding, finder and what saves too, has less than 84 kB', () => {
  const all = readdirSync(built, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(html|js|css)$/.test(name))
    .map((name) => name.replaceAll('\\', '/'));
  // The document, its styles, and two files of code: what is needed at once, and what comes later.
  expect(all).toHaveLength(4);
  expect(gzipBytes(all)).toBeLessThan(84_000);
});
