import { expect, it } from 'vitest';
import { changedQuery } from '../../src/parts/urlState.ts';

it('a change of the query keeps the others, and takes out what has no value', () => {
  expect(changedQuery('?range=1h&q=db', { q: 'web & app' })).toBe('?range=1h&q=web+%26+app');
  expect(changedQuery('?range=1h&q=db', { q: '', range: undefined })).toBe('');
  expect(changedQuery('', { tz: 'Asia/Seoul' })).toBe('?tz=Asia%2FSeoul');
});
