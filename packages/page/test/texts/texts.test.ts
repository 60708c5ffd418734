import { expect, it } from 'vitest';
import { wantedLanguage } from '../../src/texts/texts.ts';

it('the language is the chosen one, else the first of the browser that there is, else English', () => {
  expect(wantedLanguage('ko', ['en-US'])).toBe('ko');
  expect(wantedLanguage('en', ['ko-KR'])).toBe('en');
  expect(wantedLanguage('system', ['fr-FR', 'ko-KR', 'en'])).toBe('ko');
  expect(wantedLanguage('system', ['en-GB', 'ko'])).toBe('en');
  expect(wantedLanguage('system', ['kok', 'enm'])).toBe('en');
  expect(wantedLanguage('system', [])).toBe('en');
});
