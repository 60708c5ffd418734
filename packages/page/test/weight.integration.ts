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

it('fleet, hosts and login have less than 70 kB as browsers get them, in both languages', () => {
  const first = firstFiles();
  expect(first).toHaveLength(3);
  expect(gzipBytes(first)).toBeLessThan(70_000);
});

it('all that can ever be loaded, connections, diagnosis, onboarding and files to save too, has less than 85 kB', () => {
  const all = readdirSync(built, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(html|js|css)$/.test(name))
    .map((name) => name.replaceAll('\\', '/'));
  expect(all.length).toBeGreaterThan(5);
  expect(gzipBytes(all)).toBeLessThan(85_000);
});
