// Started by crash.integration.ts: writes as fast as it can until it is killed, and says what is acknowledged.
import { writeSync } from 'node:fs';
import { openDatabase } from '../dist/index.js';

const [folder, from] = process.argv.slice(2);
const hosts = 20;
const start = Date.UTC(2026, 0, 2, 12);
let tick = Number(from);
// Windows of 20 ticks that are sealed as soon as they are over, so that kills fall into sealing too.
const database = openDatabase({
  folder,
  windowMs: 20_000,
  restMs: 0,
  durability: 'process',
  now: () => start + tick * 1000,
});
for (;;) {
  const points = Array.from({ length: hosts }, (_, host) => ({
    measurement: 'cpu',
    tags: [['host', `host-${host}`]],
    timeMs: start + tick * 1000,
    fields: [
      { name: 'tick', type: 'integer', value: tick },
      { name: 'third', type: 'float', value: tick / 3 },
      { name: 'text', type: 'string', value: `tick ${tick}` },
    ],
  }));
  database.append(points);
  database.commit();
  writeSync(1, `${tick}\n`);
  tick++;
  database.maintain();
}
