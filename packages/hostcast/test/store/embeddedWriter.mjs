// Started by embedded.integration.ts: writes until it is killed, and says what is acknowledged.
import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../dist/store/embedded.js';

const [folder, startMs] = process.argv.slice(2);
const store = await openEmbeddedStore({ folder });
for (let tick = 0; ; tick++) {
  const point = (host) => ({
    measurement: 'net',
    tags: [['host', host]],
    timeMs: Number(startMs) + tick * 1000,
    fields: [{ name: 'bytes_recv', type: 'integer', value: tick * 100 }],
  });
  await Promise.all(['a', 'b', 'c'].map((host) => store.write([point(host)])));
  writeSync(1, `${tick}\n`);
}
