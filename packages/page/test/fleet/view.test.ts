import { describe, expect, test } from 'vitest';
import { readView, toggled, writeView } from '../../src/fleet/view.ts';

describe('the view that an address names', () => {
  test('puts what is wrong first and shows everything where it names nothing', () => {
    expect(readView({})).toEqual({
      words: '',
      tags: [],
      state: undefined,
      gravity: undefined,
      order: { key: 'state', isDescending: true },
      group: undefined,
      folded: [],
      columns: undefined,
    });
  });

  test('passes over what it does not know', () => {
    const view = readView({
      sort: '-colour',
      state: 'asleep',
      columns: 'cpu,colour',
      tags: 'dc,=x,role=web',
    });
    expect(view.order).toEqual({ key: 'state', isDescending: true });
    expect(view.state).toBeUndefined();
    expect(view.columns).toEqual(['cpu']);
    expect(view.tags).toEqual([['role', 'web']]);
  });

  test.each([
    [{ words: 'web 1' }, { q: 'web 1' }],
    [{ order: { key: 'cpu', isDescending: true } as const }, { sort: '-cpu' }],
    [{ order: { key: 'host', isDescending: true } as const }, { sort: '-host' }],
    [{ order: { key: 'host', isDescending: false } as const }, { sort: 'host' }],
    [{ order: { key: 'state', isDescending: false } as const }, { sort: 'state' }],
    [
      { group: 'dc', folded: ['', 'icn'] },
      { group: 'dc', folded: ',icn' },
    ],
    [
      {
        tags: [
          ['note', 'a=b, 100%'],
          ['dc', 'icn'],
        ] as const,
      },
      { tags: 'note=a=b%2C 100%25,dc=icn' },
    ],
    [{ state: 'gone' } as const, { state: 'gone' }],
    [{ gravity: 'critical' } as const, { gravity: 'critical' }],
    [{ columns: ['memory', 'age'] } as const, { columns: 'memory,age' }],
  ])('reads %j as it was written', (view, query) => {
    expect(writeView(view)).toEqual(query);
    expect(readView(query)).toMatchObject(view);
  });

  test('can fold up the one group that has no name', () => {
    const query = writeView({ folded: [''] });
    expect(query).toEqual({ folded: ',' });
    expect(toggled(readView(query).folded, '')).toEqual([]);
  });

  test('is taken back by writing what goes without saying', () => {
    const view = { words: '', tags: [], state: undefined, folded: [], columns: undefined, group: undefined };
    expect(writeView({ ...view, order: { key: 'state', isDescending: true } })).toEqual({
      ...{ q: '', tags: '', state: undefined, sort: '', group: undefined, folded: '', columns: undefined },
    });
  });
});

test('an entry is put into a list, and taken out by the same', () => {
  expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
  expect(toggled(['', ''], '')).toEqual([]);
});
