import { afterAll, beforeAll, describe } from 'vitest';
import { openInfluxStore } from '../../src/store/influx.ts';
import { type Influxd, influxdMissing, startInfluxd } from '../support/influxd.ts';
import { storeContract } from './storeContract.ts';

describe.skipIf(influxdMissing)(`over a real influxd${influxdMissing ? `: ${influxdMissing}` : ''}`, () => {
  let influxd: Influxd;

  beforeAll(async () => {
    influxd = await startInfluxd();
  });

  afterAll(async () => {
    await influxd?.stop();
  });

  storeContract(
    'the InfluxDB store',
    async () => {
      const database = await influxd.createDatabase();
      const open = () =>
        openInfluxStore({ url: influxd.url, database, intervalMs: 10_000, timeoutMs: 5_000 });
      return { store: await open(), cleanup: async () => {}, reopen: open };
    },
    { mixesNumericTypes: false },
  );
});
