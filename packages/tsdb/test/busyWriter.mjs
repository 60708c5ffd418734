// Started by readOnly.integration.ts: writes as fast as it can, and seals, merges and drops all the time. What is
// acknowledged stands in a file of 8 bytes, so that it can be known at a moment.
import { openSync, writeSync } from 'node:fs';
import { openDatabase } from '../dist/index.js';

const [folder, acknowledged] = process.argv.slice(2);
const file = openSync(acknowledged, 'w+');
const start = Date.UTC(2026, 0, 2, 12);
let tick = 0;
// Windows of 20 ticks, of which 100 are kept.
const database = openDatabase({
  folder,
  windowMs: 1_000,
  restMs: 0,
  retentionMs: 100_000,
  durability: 'process',
  now: () => start + tick * 50,
});
for (;;) {
  const fields = [{ name: 'tick', type: 'integer', value: tick }];
  database.append([{ measurement: 'cpu', tags: [['host', 'a']], timeMs: start + tick * 50, fields }]);
  database.commit();
  writeSync(file, Buffer.from(new Float64Array([tick]).buffer), 0, 8, 0);
  if (tick === 3_000) writeSync(1, 'ready\n');
  tick++;
  database.maintain();
}
