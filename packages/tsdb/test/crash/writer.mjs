// Started by rounds.mjs: writes as fast as it can until it is killed, and says what is acknowledged. With `killAt` it
// kills itself before or after its n-th operation of a kind ('any' for all that change something) on the disk.
import { writeSync } from 'node:fs';
import { openDatabase, realDisk } from '../../dist/index.js';
import { batchOf, options, timeOf } from './load.mjs';

const { folder, fromTick, durability, killAt } = JSON.parse(process.argv[2]);

let left = killAt?.count ?? Number.POSITIVE_INFINITY;
const watched = ['write', 'sync', 'truncate', 'rename', 'remove', 'syncFolder', 'link', 'copy'];
const disk = { ...realDisk };
for (const name of watched) {
  const real = realDisk[name];
  if (real === undefined) continue;
  disk[name] = (...args) => {
    const isNow = (killAt?.operation === 'any' || killAt?.operation === name) && --left === 0;
    if (isNow && killAt.when === 'before') die(name, args);
    const result = real(...args);
    if (isNow) die(name, args);
    return result;
  };
}

let tick = fromTick;
const database = openDatabase({ ...options, folder, durability, disk, now: () => timeOf(tick) });
for (;;) {
  database.append(batchOf(tick));
  database.commit();
  writeSync(1, `${tick}\n`);
  tick++;
  database.maintain();
}

function die(name, args) {
  const paths = args.filter((arg) => typeof arg === 'string').map((path) => path.slice(folder.length));
  writeSync(1, `${killAt.when} ${name} ${paths.join(' ')}\n`);
  process.kill(process.pid, 'SIGKILL');
}
