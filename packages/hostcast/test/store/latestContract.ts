import { describe, expect, it } from 'vitest';
import { type Cell, cellOf, cells, point, rowsOf, type StoreContext, typedPoint } from './storeAnswers.ts';

/** What `latest` of every store does. */
export function latestContract(context: StoreContext, mixesNumericTypes: boolean): void {
  describe('latest', () => {
    it('gives the newest and the previous value of a cell with their own times', async () => {
      await context.store.write([
        point('mem', { host: 'a' }, { used_percent: 10.5 }, context.ago(30)),
        point('mem', { host: 'a' }, { used_percent: 20.5 }, context.ago(20)),
        point('mem', { host: 'a' }, { used_percent: 30.5 }, context.ago(10)),
      ]);
      const [tables] = await context.store.latest([{ measurement: 'mem' }]);
      expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toEqual({
        time: context.ago(10),
        value: 30.5,
        previousTime: context.ago(20),
        previousValue: 20.5,
      });
    });

    it('has no previous value where there is one sample only', async () => {
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 10.5 }, context.ago(10))]);
      const [tables] = await context.store.latest([{ measurement: 'mem' }]);
      expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toEqual({
        time: context.ago(10),
        value: 10.5,
        previousTime: Number.NaN,
        previousValue: Number.NaN,
      });
    });

    it('keeps for each field its own newest time', async () => {
      await context.store.write([
        point('mem', { host: 'a' }, { used_percent: 1.5, available_percent: 2.5 }, context.ago(20)),
        point('mem', { host: 'a' }, { used_percent: 3.5 }, context.ago(10)),
      ]);
      const [tables] = await context.store.latest([{ measurement: 'mem' }]);
      expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toMatchObject({
        time: context.ago(10),
        previousTime: context.ago(20),
      });
      expect(cellOf(tables!, 'mem', { host: 'a' }, 'available_percent')).toMatchObject({
        time: context.ago(20),
        value: 2.5,
        previousTime: Number.NaN,
      });
    });

    it('goes on from one round to the next', async () => {
      const round = async (): Promise<Cell | undefined> => {
        const [tables] = await context.store.latest([{ measurement: 'mem', fields: ['used_percent'] }]);
        return cellOf(tables!, 'mem', { host: 'a' }, 'used_percent');
      };
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 1.5 }, context.ago(30))]);
      expect(await round()).toMatchObject({ time: context.ago(30), value: 1.5 });
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 2.5 }, context.ago(20))]);
      expect(await round()).toMatchObject({
        time: context.ago(20),
        value: 2.5,
        previousTime: context.ago(30),
      });
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 3.5 }, context.ago(10))]);
      expect(await round()).toMatchObject({
        time: context.ago(10),
        value: 3.5,
        previousTime: context.ago(20),
      });
      expect(await round()).toMatchObject({
        time: context.ago(10),
        value: 3.5,
        previousTime: context.ago(20),
      });
    });

    it('answers several selections at once, in their order', async () => {
      await context.store.write([
        point('cpu', { host: 'a', cpu: 'cpu-total' }, { usage_idle: 90.5, usage_user: 5.5 }, context.ago(10)),
        point('cpu', { host: 'a', cpu: 'cpu0' }, { usage_idle: 80.5, usage_user: 6.5 }, context.ago(10)),
        point('cpu', { host: 'b', cpu: 'cpu-total' }, { usage_idle: 70.5, usage_user: 7.5 }, context.ago(10)),
        point('mem', { host: 'a' }, { used_percent: 50.5 }, context.ago(10)),
        point('mem', { host: 'b' }, { used_percent: 60.5 }, context.ago(10)),
      ]);
      const [idle, memory, nothing, hostA, hostB] = await context.store.latest([
        { measurement: 'cpu', tags: [['cpu', 'cpu-total']], fields: ['usage_idle'] },
        { measurement: 'mem' },
        { measurement: 'nothing' },
        { tags: [['host', 'a']] },
        { tags: [['host', 'b']] },
      ]);
      expect(cells(idle!)).toEqual([
        'cpu cpu=cpu-total,host=a usage_idle 90.5',
        'cpu cpu=cpu-total,host=b usage_idle 70.5',
      ]);
      expect(cells(memory!)).toEqual(['mem host=a used_percent 50.5', 'mem host=b used_percent 60.5']);
      expect(cells(nothing!)).toEqual([]);
      expect(cells(hostA!)).toEqual([
        'cpu cpu=cpu-total,host=a usage_idle 90.5',
        'cpu cpu=cpu-total,host=a usage_user 5.5',
        'cpu cpu=cpu0,host=a usage_idle 80.5',
        'cpu cpu=cpu0,host=a usage_user 6.5',
        'mem host=a used_percent 50.5',
      ]);
      expect(cells(hostB!)).toEqual([
        'cpu cpu=cpu-total,host=b usage_idle 70.5',
        'cpu cpu=cpu-total,host=b usage_user 7.5',
        'mem host=b used_percent 60.5',
      ]);
    });

    it('selects series that have every tag asked for', async () => {
      await context.store.write([
        point('disk', { host: 'a', path: '/', fstype: 'ext4' }, { used_percent: 1.5 }, context.ago(10)),
        point('disk', { host: 'a', path: '/boot', fstype: 'vfat' }, { used_percent: 2.5 }, context.ago(10)),
        point('disk', { host: 'b', path: '/', fstype: 'ext4' }, { used_percent: 3.5 }, context.ago(10)),
      ]);
      const [both, wrongKey] = await context.store.latest([
        {
          measurement: 'disk',
          tags: [
            ['host', 'a'],
            ['path', '/'],
          ],
        },
        { measurement: 'disk', tags: [['nosuchtag', 'a']] },
      ]);
      expect(cells(both!)).toEqual(['disk fstype=ext4,host=a,path=/ used_percent 1.5']);
      expect(cells(wrongKey!)).toEqual([]);
    });

    it('merges lines of one series and timestamp', async () => {
      await context.store.write([
        point('swap', { host: 'a' }, { total: 100, used: 25 }, context.ago(10)),
        point('swap', { host: 'a' }, { in: 7, out: 9 }, context.ago(10)),
        point('system', { host: 'a' }, { load1: 0.5 }, context.ago(10)),
        point('system', { host: 'a' }, { uptime: 86_400 }, context.ago(10)),
        point('system', { host: 'a' }, { uptime_format: '1 day' }, context.ago(10)),
      ]);
      const [tables] = await context.store.latest([{ tags: [['host', 'a']] }]);
      expect(cells(tables!)).toEqual([
        'swap host=a in 7',
        'swap host=a out 9',
        'swap host=a total 100',
        'swap host=a used 25',
        'system host=a load1 0.5',
        'system host=a uptime 86400',
      ]);
      expect(rowsOf(tables!, 'swap')).toBe(1);
      expect(rowsOf(tables!, 'system')).toBe(1);
    });

    it('gives booleans as 0 and 1 and leaves texts out', async () => {
      await context.store.write([
        point('docker', { host: 'a' }, { oom: true, healthy: false, status: 'running' }, context.ago(10)),
      ]);
      const [tables, byName] = await context.store.latest([
        { measurement: 'docker' },
        { measurement: 'docker', fields: ['status'] },
      ]);
      expect(cells(tables!)).toEqual(['docker host=a healthy 0', 'docker host=a oom 1']);
      expect(cells(byName!)).toEqual([]);
    });

    it('takes integers and unsigned integers of one field as one column', async () => {
      await context.store.write([
        typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'integer', value: 5 }], context.ago(20)),
      ]);
      await context.store.write([
        typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'unsigned', value: 6 }], context.ago(10)),
      ]);
      const [tables] = await context.store.latest([{ measurement: 'net' }]);
      expect(cellOf(tables!, 'net', { host: 'a' }, 'n')).toMatchObject({ value: 6, previousValue: 5 });
    });

    it.runIf(mixesNumericTypes)('takes integers and floats of one field as one column', async () => {
      await context.store.write([
        typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'integer', value: 5 }], context.ago(20)),
        typedPoint('net', { host: 'a' }, [{ name: 'n', type: 'float', value: 6.5 }], context.ago(10)),
      ]);
      const [tables] = await context.store.latest([{ measurement: 'net' }]);
      expect(cellOf(tables!, 'net', { host: 'a' }, 'n')).toMatchObject({ value: 6.5, previousValue: 5 });
    });

    it('keeps large counters exact', async () => {
      await context.store.write([
        point('net', { host: 'a' }, { bytes_recv: 9_007_199_254_740_991 }, context.ago(10)),
      ]);
      const [tables] = await context.store.latest([{ measurement: 'net' }]);
      expect(cellOf(tables!, 'net', { host: 'a' }, 'bytes_recv')?.value).toBe(9_007_199_254_740_991);
    });

    it('puts a late sample where it belongs', async () => {
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 3.5 }, context.ago(10))]);
      await context.store.latest([{ measurement: 'mem' }]);
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 1.5 }, context.ago(30))]);
      await context.store.write([point('mem', { host: 'a' }, { used_percent: 2.5 }, context.ago(20))]);
      const [tables] = await context.store.latest([{ measurement: 'mem' }]);
      expect(cellOf(tables!, 'mem', { host: 'a' }, 'used_percent')).toMatchObject({
        time: context.ago(10),
        value: 3.5,
        previousTime: context.ago(20),
        previousValue: 2.5,
      });
    });

    it('shows a new measurement, a new field and a new tag in the round after they were written', async () => {
      await context.store.write([point('mem', { host: 'a' }, { used: 1 }, context.ago(30))]);
      await context.store.latest([{ tags: [['host', 'a']] }]);
      await context.store.write([
        point('mem', { host: 'a' }, { free: 2 }, context.ago(20)),
        point('mem', { host: 'a', dc: 'icn' }, { used: 3 }, context.ago(20)),
        point('temp', { host: 'a', sensor: 'core' }, { temp: 40.5 }, context.ago(20)),
      ]);
      const [tables] = await context.store.latest([{ tags: [['host', 'a']] }]);
      expect(cells(tables!)).toEqual([
        'mem dc=icn,host=a used 3',
        'mem host=a free 2',
        'mem host=a used 1',
        'temp host=a,sensor=core temp 40.5',
      ]);
    });

    it('answers an empty store and no selection', async () => {
      expect(await context.store.latest([])).toEqual([]);
      const answers = await context.store.latest([{ measurement: 'cpu' }, { tags: [['host', 'nobody']] }]);
      expect(answers.map(cells)).toEqual([[], []]);
    });
  });
}
