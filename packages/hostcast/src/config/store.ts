import { choice, duration, number, size } from './kinds.ts';
import { type AnySetting, optional, setting } from './setting.ts';
import type { Values } from './values.ts';

/** What the embedded store keeps, and how surely. */
export interface StoreConfig {
  /** What an acknowledged write survives: `disk` a power cut, `process` a killed process. */
  readonly durability: 'disk' | 'process';
  readonly samplesMs: number;
  readonly minutesMs: number;
  readonly tenMinutesMs: number;
  /** Left out, there is no limit. */
  readonly maxBytes?: number;
  /** Left out, percentages are kept as they came. */
  readonly percentDecimals?: number;
}

export const storeSettings = {
  storeDurability: setting(
    'store.durability',
    choice('what', ['disk', 'process'] as const),
    'disk',
    'what a write that was acknowledged survives: a power cut (disk), or only the end of the process (process)',
    { more: '`disk` waits for the disk with each write.' },
  ),
  storeKeepSamples: setting(
    'store.keep-samples',
    duration('1h', '3650d', '7d'),
    2 * 86_400_000,
    'how long figures are kept as they came',
    { more: 'Figures that come later than that are refused.' },
  ),
  storeKeepMinutes: setting(
    'store.keep-minutes',
    duration('1h', '3650d', '30d'),
    14 * 86_400_000,
    'how long they are kept minute by minute',
    {
      more: 'Mean, least and largest value, and the increase of counters. No shorter than `store.keep-samples`.',
    },
  ),
  storeKeepTenMinutes: setting(
    'store.keep-ten-minutes',
    duration('1h', '3650d', '365d'),
    90 * 86_400_000,
    'the same by ten minutes',
    { more: 'No shorter than `store.keep-minutes`.' },
  ),
  storeSize: optional(
    'store.size',
    size('16MiB', '1048576GiB', '50GiB'),
    'octets that it may take, 16MiB at least; beyond, the oldest go',
    {
      initialText: 'no limit',
      more: 'First the oldest figures as they came, then minutes, then ten minutes; never the newest of each. Looked after about once a second: leave room for what comes within a few hours.',
      example: '50GiB',
    },
  ),
  storePercentDecimals: optional(
    'store.percent-decimals',
    number(0, 6),
    'how many decimals are kept of percentages: usage_… of cpu, and …_percent of anything',
    {
      initialText: 'all',
      more: 'With `2` the samples of a host take half the room: Telegraf measures the processor to the last digit. What is stored already stays as it is.',
      example: '2',
    },
  ),
};

export function storeFrom(values: Values): StoreConfig {
  const { storeKeepSamples, storeKeepMinutes, storeKeepTenMinutes } = storeSettings;
  const samplesMs = values.read(storeKeepSamples);
  const minutesMs = keepNoLess(values, storeKeepMinutes, samplesMs, storeKeepSamples);
  const tenMinutesMs = keepNoLess(values, storeKeepTenMinutes, minutesMs, storeKeepMinutes);
  const maxBytes = values.read(storeSettings.storeSize);
  const percentDecimals = values.read(storeSettings.storePercentDecimals);
  return {
    durability: values.read(storeSettings.storeDurability),
    samplesMs,
    minutesMs,
    tenMinutesMs,
    ...(maxBytes !== undefined && { maxBytes }),
    ...(percentDecimals !== undefined && { percentDecimals }),
  };
}

/** The default gives way to a finer tier that is kept for longer; what was given does not. */
function keepNoLess(
  values: Values,
  own: typeof storeSettings.storeKeepMinutes,
  leastMs: number,
  finer: AnySetting,
): number {
  const keptMs = values.read(own);
  if (keptMs >= leastMs) return keptMs;
  if (values.isGiven(own)) values.refuse(own, `: it is no shorter than ${finer.key}`);
  return leastMs;
}
