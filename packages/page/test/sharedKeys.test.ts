import { expect, it } from 'vitest';
import { withSharedKeys } from '../sharedKeys.ts';

const english = "const english: Words = { hi: 'Hello', of: (n) => n };\n";

it('Korean texts take their keys from the English ones, in their order', () => {
  const korean = "const korean: Words = { of: (n) => n + 1, hi: '안녕' };\n";
  expect(withSharedKeys(english + korean)).toBe(
    `import { like } from 'virtual:like';\n${english}const korean: Words = like(english, ['안녕',(n) => n + 1]);\n`,
  );
});

it('Korean texts in a file of their own take them from the one beside it', () => {
  const other = { code: `export ${english}`, name: 'en.ts' };
  expect(withSharedKeys("export const korean: Words = { hi: '안녕', of };\n", other)).toBe(
    [
      "import { like } from 'virtual:like';",
      "import { english } from './en.ts';",
      "export const korean: Words = like(english, ['안녕',of]);\n",
    ].join('\n'),
  );
});

it('a text that one of the languages lacks is an error', () => {
  expect(() => withSharedKeys(`${english}const korean = { hi: '안녕' };`)).toThrow(
    'the Korean texts have no “of”',
  );
  expect(() =>
    withSharedKeys("const english = { hi: 'Hello' }; const korean = { hi: '안녕', of: 1 };"),
  ).toThrow('the English texts have no “of”');
  expect(() => withSharedKeys('const english = {};')).toThrow('there is no “korean” among the texts');
});
