import { expect, it } from 'vitest';
import { Turns, type TurnsOptions } from '../../src/publish/turns.ts';

/** Work that is noted when it begins, and ends when it is told to. */
function workshop(options: TurnsOptions) {
  const turns = new Turns(options);
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const run = (asker: string, name: string) =>
    turns.run(asker, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (error) => (error ? reject(error) : resolve(name)));
      });
    });
  const end = async (name: string, error?: Error) => {
    ends.get(name)?.(error);
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return { run, end, begun };
}

it('so many are worked on at the same time, and who asks often delays nobody who asks once', async () => {
  const { run, end, begun } = workshop({ atOnce: 2 });
  const asked = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'b2'].map((name) => run(name[0]!, name));
  expect(begun).toEqual(['a1', 'a2']);
  for (const name of ['a2', 'a1', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5']) await end(name);
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2', 'a5']);
  expect(await Promise.all(asked)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'b2']);
});

it('work that fails ends its turn', async () => {
  const { run, end, begun } = workshop({ atOnce: 1 });
  const failing = run('a', 'a1');
  const next = run('a', 'a2');
  const failed = expect(failing).rejects.toThrow('no disk');
  await end('a1', new Error('no disk'));
  await failed;
  expect(begun).toEqual(['a1', 'a2']);
  await end('a2');
  expect(await next).toBe('a2');
});

it('more than so many of one asker, and of all, are refused at once', async () => {
  const { run, end } = workshop({ atOnce: 1, waiting: 3, waitingOfOne: 2 });
  const asked = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3')];
  await expect(run('a', 'a4')).rejects.toMatchObject({ code: 'ERR_STORE_OVERLOADED' });
  asked.push(run('b', 'b1'));
  await expect(run('b', 'b2')).rejects.toMatchObject({ code: 'ERR_STORE_OVERLOADED' });
  await end('a1');
  asked.push(run('a', 'a5'));
  for (const name of ['a2', 'b1', 'a3', 'a5']) await end(name);
  expect(await Promise.all(asked)).toEqual(['a1', 'a2', 'a3', 'b1', 'a5']);
});
