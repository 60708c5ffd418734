import type { Tag } from '@hostcast/tsdb';
import { describe, expect, it } from 'vitest';
import { TagLists, TagNumbers } from '../../src/store/tagNumbers.ts';

const a: readonly Tag[] = [['host', 'a']];
const b: readonly Tag[] = [['host', 'b']];

describe('the tags of series between two threads', () => {
  it('are sent the first time and are numbers afterwards', () => {
    const numbers = new TagNumbers();
    expect([...numbers.of([a, b])]).toEqual([0, 1]);
    expect(numbers.take()).toEqual({ known: 0, added: [a, b] });
    expect([...numbers.of([b, a, b])]).toEqual([1, 0, 1]);
    expect(numbers.take()).toEqual({ known: 2, added: [] });
  });

  it('are the same again on the other side', () => {
    const numbers = new TagNumbers();
    const lists = new TagLists();
    const first = numbers.of([a]);
    lists.learn(structuredClone(numbers.take()));
    const second = numbers.of([b, a]);
    lists.learn(structuredClone(numbers.take()));
    expect(lists.at(first)).toEqual([a]);
    expect(lists.at(second)).toEqual([b, a]);
    expect(lists.at(second)[1]).toBe(lists.at(first)[0]);
  });

  it.each([
    ['lists', { lists: 2, characters: 1000 }],
    ['characters', { lists: 1000, characters: 10 }],
  ])('are forgotten on both sides, and numbered anew, where there are too many %s', (_, most) => {
    const numbers = new TagNumbers(most);
    const lists = new TagLists();
    numbers.of([a, b]);
    lists.learn(numbers.take());
    const later = numbers.of([b]);
    const news = numbers.take();
    expect(news).toEqual({ known: 0, added: [b] });
    lists.learn(news);
    expect(lists.at(later)).toEqual([b]);
    expect(() => lists.at(Uint32Array.of(1))).toThrow('an answer names the list 1 of 1');
  });

  it('are not mistaken where something of what was said did not arrive', () => {
    const numbers = new TagNumbers();
    numbers.of([a]);
    numbers.take();
    numbers.of([b]);
    expect(() => new TagLists().learn(numbers.take())).toThrow(
      'an answer counts on 1 lists of tags, and there are 0',
    );
  });
});
