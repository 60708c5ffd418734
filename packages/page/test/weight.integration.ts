import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const built = fileURLToPath(new URL('../../hostcast/dist/page/', import.meta.url));

it('the whole page, its login too, has less than 70 kB as browsers get it', () => {
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' });
  const sizes = files.filter((name) => name.endsWith('.gz')).map((name) => statSync(built + name).size);
  expect(sizes.length).toBeGreaterThanOrEqual(3); // document, script, styles
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(70_000);
});
