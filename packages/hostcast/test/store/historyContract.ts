import { describe, expect, it } from 'vitest';
import type { History, HistoryQuery } from '../../src/store/metricStore.ts';
import { columnOf, counterPoints, firstValues, point, type StoreContext } from './storeAnswers.ts';

/** What `history` of every store does. */
export function historyContract(context: StoreContext): void {
  describe('history', () => {
    const ask = (query: Partial<HistoryQuery>): Promise<History> =>
      context.store.history({
        selection: {},
        fromMs: context.ago(60),
        toMs: context.now,
        bucketMs: 20_000,
        ...query,
        ...(query.bucketMs === undefined ? { fromMs: alignedStart() } : {}),
      });
    /** 60 s or more ago, at the start of a bucket of 20 s, so that three or four buckets are asked for. */
    const alignedStart = (): number => Math.floor(context.ago(60) / 20_000) * 20_000;

    it('gives the mean of gauges, NaN where there was no data', async () => {
      const start = alignedStart();
      await context.store.write([
        point('mem', { host: 'a' }, { used_percent: 10.5 }, start),
        point('mem', { host: 'a' }, { used_percent: 20.5 }, start + 10_000),
        point('mem', { host: 'a' }, { used_percent: 30.5 }, start + 45_000),
      ]);
      const history = await ask({ selection: { measurement: 'mem' }, toMs: start + 60_000 });
      expect(history.times).toEqual([start, start + 20_000, start + 40_000]);
      expect(columnOf(history, 'mem', { host: 'a' }, 'used_percent')).toEqual([15.5, Number.NaN, 30.5]);
    });

    it('gives counters per second, counted from the sample before the range', async () => {
      const start = alignedStart();
      await context.store.write(counterPoints([1000, 2000, 3000, 5000, 7000], start - 10_000));
      const history = await ask({ selection: { measurement: 'net' }, toMs: start + 40_000 });
      expect(columnOf(history, 'net', { host: 'a' }, 'bytes_recv')).toEqual([100, 200]);
    });

    it('shows a constant rate as constant whatever the width of the buckets', async () => {
      await context.store.write(
        counterPoints(
          Array.from({ length: 31 }, (_, index) => index * 10_000),
          context.ago(300),
        ),
      );
      for (const bucketMs of [10_000, 15_000, 20_000, 60_000, 300_000]) {
        const history = await ask({
          selection: { measurement: 'net' },
          fromMs: context.ago(300) + 10_000,
          toMs: context.ago(0) + 1,
          bucketMs,
        });
        const shown = columnOf(history, 'net', { host: 'a' }, 'bytes_recv')!.filter(
          (rate) => !Number.isNaN(rate),
        );
        expect(new Set(shown)).toEqual(new Set([1000]));
      }
    });

    it('leaves the increase across a counter reset out', async () => {
      const start = alignedStart();
      await context.store.write(counterPoints([1000, 2000, 50, 1050, 2050], start - 10_000));
      const history = await ask({ selection: { measurement: 'net' }, toMs: start + 40_000 });
      expect(columnOf(history, 'net', { host: 'a' }, 'bytes_recv')).toEqual([100, 100]);
    });

    it('shows a gap as a gap, without a spike after it', async () => {
      await context.store.write(counterPoints([0, 1000, 2000], context.ago(600)));
      await context.store.write(counterPoints([900_000, 901_000, 902_000], context.ago(30)));
      const history = await ask({
        selection: { measurement: 'net' },
        fromMs: context.ago(600),
        toMs: context.now,
        bucketMs: 10_000,
      });
      const shown = columnOf(history, 'net', { host: 'a' }, 'bytes_recv')!;
      expect(shown.filter((rate) => !Number.isNaN(rate))).toEqual([100, 100, 100, 100]);
      expect(shown[shown.length - 1]).toBe(100);
      expect(shown[1]).toBe(100);
      expect(shown[30]).toBeNaN();
    });

    it('is as exact over hours: steady rates across a reset, a gap of ten minutes, several series', async () => {
      const minutes = 180;
      const start = Math.floor(context.now / 60_000) * 60_000 - minutes * 60_000;
      const points = Array.from({ length: minutes * 6 + 1 }, (_, sample) => sample - 1)
        .filter((sample) => sample < 60 * 6 || sample >= 70 * 6)
        .flatMap((sample) => {
          // The counter of a begins anew in minute 120, and goes on as steadily.
          const bytes = 1_000 * (sample < 120 * 6 ? sample + 1 : sample - 120 * 6);
          const at = start + sample * 10_000;
          return [
            point('net', { host: 'a', interface: 'eth0' }, { bytes_recv: bytes }, at),
            point('net', { host: 'b', interface: 'eth0' }, { bytes_recv: 7 * bytes + 5 }, at),
            point(
              'mem',
              { host: 'a' },
              { used_percent: Math.floor(sample / 6) + (sample % 6) / 10 + 0.01 },
              at,
            ),
          ];
        });
      await context.store.write(points);
      const whole = { fromMs: start, toMs: start + minutes * 60_000, bucketMs: 60_000 };
      const history = await ask(whole);
      const isGap = (minute: number): boolean => minute >= 60 && minute < 70;
      const received = (host: string) => columnOf(history, 'net', { host, interface: 'eth0' }, 'bytes_recv')!;
      const used = (of: History) => columnOf(of, 'mem', { host: 'a' }, 'used_percent')!;
      const expected = (value: (minute: number) => number) =>
        Array.from({ length: minutes }, (_, minute) => (isGap(minute) ? Number.NaN : value(minute)));
      const rounded = (values: readonly number[]) => values.map((value) => Math.round(value * 1e6) / 1e6);
      expect(rounded(received('a'))).toEqual(expected(() => 100));
      expect(rounded(received('b'))).toEqual(expected(() => 700));
      expect(rounded(used(history))).toEqual(expected((minute) => minute + 0.26));
      const selection = { measurement: 'mem' };
      const least = await ask({ ...whole, selection, statistic: 'min' });
      const greatest = await ask({ ...whole, selection, statistic: 'max' });
      expect(rounded(used(least))).toEqual(expected((minute) => minute + 0.01));
      expect(rounded(used(greatest))).toEqual(expected((minute) => minute + 0.51));
    });

    it('gives the least and the greatest of gauges where asked, and counters per second all the same', async () => {
      const start = alignedStart();
      await context.store.write([
        ...[10.5, 30.5, 20.5].map((used_percent, index) =>
          point('mem', { host: 'a' }, { used_percent }, start + index * 5_000),
        ),
        ...counterPoints([1000, 2000, 3000], start - 10_000),
      ]);
      for (const [statistic, used] of [
        ['min', 10.5],
        ['max', 30.5],
        ['mean', 20.5],
      ] as const) {
        const history = await ask({ toMs: start + 20_000, statistic });
        expect(columnOf(history, 'mem', { host: 'a' }, 'used_percent')).toEqual([used]);
        expect(columnOf(history, 'net', { host: 'a' }, 'bytes_recv')).toEqual([100]);
      }
    });

    it('begins with the whole bucket that the range begins in, and ends before its end', async () => {
      const start = alignedStart();
      await context.store.write([
        point('mem', { host: 'a' }, { used_percent: 100.5 }, start - 1),
        point('mem', { host: 'a' }, { used_percent: 10.5 }, start),
        point('mem', { host: 'a' }, { used_percent: 20.5 }, start + 39_999),
        point('mem', { host: 'a' }, { used_percent: 200.5 }, start + 40_000),
      ]);
      const history = await ask({
        selection: { measurement: 'mem' },
        fromMs: start + 15_000,
        toMs: start + 40_000,
        bucketMs: 20_000,
      });
      expect(history.times).toEqual([start, start + 20_000]);
      expect(columnOf(history, 'mem', { host: 'a' }, 'used_percent')).toEqual([10.5, 20.5]);
    });

    it('keeps series and measurements apart and selects as latest does', async () => {
      const start = alignedStart();
      await context.store.write([
        point('cpu', { host: 'a', cpu: 'cpu0' }, { usage_idle: 1.5, usage_user: 9.5 }, start),
        point('cpu', { host: 'a', cpu: 'cpu1' }, { usage_idle: 2.5 }, start),
        point('cpu', { host: 'b', cpu: 'cpu0' }, { usage_idle: 3.5 }, start),
        point('mem', { host: 'a' }, { used_percent: 4.5, healthy: true, text: 'x' }, start),
      ]);
      const oneHost = await ask({ selection: { tags: [['host', 'a']] }, toMs: start + 20_000 });
      expect(firstValues(oneHost)).toEqual([
        'cpu cpu=cpu0,host=a usage_idle 1.5',
        'cpu cpu=cpu0,host=a usage_user 9.5',
        'cpu cpu=cpu1,host=a usage_idle 2.5',
        'mem host=a healthy 1',
        'mem host=a used_percent 4.5',
      ]);
      const oneField = await ask({
        selection: { measurement: 'cpu', tags: [['cpu', 'cpu0']], fields: ['usage_idle'] },
        toMs: start + 20_000,
      });
      expect(firstValues(oneField)).toEqual([
        'cpu cpu=cpu0,host=a usage_idle 1.5',
        'cpu cpu=cpu0,host=b usage_idle 3.5',
      ]);
    });

    it('shows late samples in their place', async () => {
      const start = alignedStart();
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 30.5 }, start + 20_000)]);
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 10.5 }, start)]);
      const history = await ask({ selection: { measurement: 'mem' }, toMs: start + 40_000 });
      expect(columnOf(history, 'mem', { host: 'a' }, 'used_percent')).toEqual([10.5, 30.5]);
    });

    it('gives the buckets without series for what nobody has', async () => {
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 1.5 }, context.ago(10))]);
      for (const selection of [
        { measurement: 'nothing' },
        { tags: [['host', 'nobody']] as const },
        { measurement: 'mem', fields: ['nothing'] },
        { measurement: 'mem', tags: [['nosuchtag', 'a']] as const },
      ]) {
        const history = await context.store.history({
          selection,
          fromMs: context.now - 40_000,
          toMs: context.now,
          bucketMs: 1000,
        });
        expect(history.times).toHaveLength(40);
        expect(history.series).toEqual([]);
      }
    });

    it('gives 10,000 buckets and refuses more', async () => {
      const query = {
        selection: { measurement: 'mem' },
        fromMs: context.now - 10_000_000,
        toMs: context.now,
      };
      expect((await context.store.history({ ...query, bucketMs: 1000 })).times).toHaveLength(10_000);
      await expect(context.store.history({ ...query, bucketMs: 999 })).rejects.toThrow(RangeError);
    });
  });
}
