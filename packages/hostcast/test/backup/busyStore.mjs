// Started by busyStore.integration.ts: writes as fast as it can, says what is acknowledged, and seals, merges and drops
// all the time.
import { writeSync } from 'node:fs';
import { openDatabase } from '@hostcast/tsdb';

const [folder] = process.argv.slice(2);
const hosts = 5;
const start = Date.UTC(2026, 0, 2, 12);
let tick = 0;
// Windows of 20 ticks, of which 400 are kept.
const database = openDatabase({
  folder,
  windowMs: 1_000,
  restMs: 0,
  retentionMs: 400_000,
  durability: 'process',
  now: () => start + tick * 50,
});
for (;;) {
  const points = Array.from({ length: hosts }, (_, host) => ({
    measurement: 'cpu',
    tags: [['host', `host-${host}`]],
    timeMs: start + tick * 50,
    fields: [
      { name: 'tick', type: 'integer', value: tick },
      { name: 'text', type: 'string', value: `tick ${tick}` },
    ],
  }));
  database.append(points);
  database.commit();
  writeSync(1, `${tick}\n`);
  tick++;
  database.maintain();
}
