import { expect, test } from 'vitest';
import { visibleParts, visibleText } from '../../src/names/visible.ts';

test.each([
  ['web-1.icn.example.com', 'web-1.icn.example.com'],
  ['서버 1', '서버 1'],
  ['gpj.\u202eexe', 'gpj.\\u202eexe'],
  ['web\u200b1', 'web\\u200b1'],
  ['tab\there\n', 'tab\\u0009here\\u000a'],
  ['no\u00a0break', 'no\\u00a0break'],
  ['lone \ud800', 'lone \\ud800'],
  ['tag \u{e0041}', 'tag \\u{e0041}'],
])('%j is shown as %s', (name, shown) => {
  expect(visibleText(name)).toBe(shown);
});

test('what is written out can be told from what is part of the name', () => {
  expect(visibleParts('\\u202e\u202ea')).toEqual([
    { text: '\\u202e', isEscape: false },
    { text: '\\u202e', isEscape: true },
    { text: 'a', isEscape: false },
  ]);
});
