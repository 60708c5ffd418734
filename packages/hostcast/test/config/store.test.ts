import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/readConfig.ts';
import type { StoreConfig } from '../../src/config/store.ts';
import { UserError } from '../../src/config/userError.ts';

const day = 86_400_000;

function read(...args: string[]): StoreConfig {
  return readConfig(args, {}, 'hostcast').store;
}

function refusal(...args: string[]): string {
  try {
    read(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('nothing was refused');
}

describe('the settings of the embedded store', () => {
  it('keep two days as they came, two weeks by minutes and 90 days by ten minutes, on the disk', () => {
    expect(read()).toEqual({
      durability: 'disk',
      samplesMs: 2 * day,
      minutesMs: 14 * day,
      tenMinutesMs: 90 * day,
    });
  });

  it('are what is said', () => {
    expect(
      read(
        ...['--store-durability', 'process', '--store-keep-samples', '1h', '--store-keep-minutes', '1h'],
        ...['--store-keep-ten-minutes', '3650d', '--store-size', '16MiB', '--store-percent-decimals', '2'],
      ),
    ).toEqual({
      durability: 'process',
      samplesMs: day / 24,
      minutesMs: day / 24,
      tenMinutesMs: 3_650 * day,
      maxBytes: 16 * 1024 * 1024,
      percentDecimals: 2,
    });
  });

  it('let the coarser tiers by default be kept for as long as the finer ones', () => {
    expect(read('--store-keep-samples', '100d')).toMatchObject({
      samplesMs: 100 * day,
      minutesMs: 100 * day,
      tenMinutesMs: 100 * day,
    });
  });

  it('refuse a coarser tier that is kept for less', () => {
    expect(refusal('--store-keep-samples', '3d', '--store-keep-minutes', '2d')).toContain(
      '--store-keep-minutes: it is no shorter than store.keep-samples',
    );
    expect(refusal('--store-keep-ten-minutes', '13d')).toContain(
      '--store-keep-ten-minutes: it is no shorter than store.keep-minutes',
    );
  });

  it.each([
    ['--store-durability', 'fsync', 'it is disk or process'],
    ['--store-keep-samples', '59m', 'a duration from 1h to 3650d'],
    ['--store-keep-samples', '3651d', 'a duration from 1h to 3650d'],
    ['--store-percent-decimals', '7', 'a number from 0 to 6'],
    ['--store-size', '15MiB', 'a size from 16MiB to 1048576GiB'],
  ])('refuse %s %s', (flag, value, why) => {
    expect(refusal(flag, value)).toContain(why);
  });
});
