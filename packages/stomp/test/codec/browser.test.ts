import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the codec uses nothing that a browser lacks', () => {
  const source = join(import.meta.dirname, '../../src');
  const files = [...readdirSync(join(source, 'codec')).map((name) => join('codec', name)), 'errors.ts'];
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8');
    expect(text, file).not.toMatch(/node:|\bBuffer\b|\bprocess\.|\bsetImmediate\b/);
    for (const [, target] of text.matchAll(/ from '([^']+)'/g))
      expect(target, file).toMatch(/^(\.\/|\.\.\/errors)/);
  }
});
