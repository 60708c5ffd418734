// Makes the lines of the table `store`, in a process of its own, so that making them is not in the memory of who stores
// them: into InfluxDB through `/write`, and out through a pipe. Of each tick the pipe has its octets (u32), its time
// (f64, both little-endian), and the lines.

import { Client, writeTo } from './support/client.mjs';
import { Fleet, intervalMs } from './support/fleet.mjs';

const bodyBytes = 1_200_000;
export const headBytes = 12;

if (process.argv[1] === import.meta.filename) {
  await feed(JSON.parse(process.argv[2]));
  process.exit(0);
}

async function feed({ hosts, startMs, endMs, influx, database, stepMs = intervalMs }) {
  const fleet = new Fleet(hosts);
  const client = influx && new Client(influx, { connections: 2 });
  const flying = new Set();
  let waiting = [];
  for (let timeMs = startMs; timeMs < endMs; timeMs += stepMs) {
    const body = fleet.tick(timeMs);
    await put(headOf(body, timeMs));
    await put(body);
    if (!client) continue;
    waiting.push(body);
    const isLast = timeMs + stepMs >= endMs;
    if (!isLast && waiting.reduce((sum, { length }) => sum + length, 0) < bodyBytes) continue;
    for (const piece of pieces(Buffer.concat(waiting))) {
      if (flying.size >= 2) await Promise.race(flying);
      const written = writeTo(client, database, piece).finally(() => flying.delete(written));
      flying.add(written);
    }
    waiting = [];
  }
  await Promise.all(flying);
  client?.close();
}

function put(bytes) {
  return new Promise((resolve, reject) =>
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())),
  );
}

function headOf(body, timeMs) {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(body.length, 0);
  head.writeDoubleLE(timeMs, 4);
  return head;
}

/** Whole lines, about as many octets each as influxd likes best (measured: 5,000 lines). */
function* pieces(body) {
  for (let start = 0; start < body.length; ) {
    const wanted = start + bodyBytes;
    const end = wanted >= body.length ? body.length : body.indexOf(0x0a, wanted) + 1;
    yield body.subarray(start, end);
    start = end;
  }
}
