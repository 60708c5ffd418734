// How often pieces of the program run when one client of many goes: calls, branches and rounds of loops, as V8 counts
// them for coverage. What V8 does itself, such as looking through an array for a value, is not part of it.
// `node leavingProbe.mjs <clients> <destinations>` prints it for the second, a middle and the last one.
import { Session } from 'node:inspector';

const [clients, destinations] = process.argv.slice(2).map(Number);
const session = new Session();
session.connect();
session.post('Profiler.enable');
// Before there is anything to count: what is compiled without is not counted.
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const { createStompServer } = await import('@hostcast/stomp');
const { FakeClock, MemoryClient } = await import('@hostcast/stomp/testing');

/** Since the last call. */
function takeWork() {
  let work = 0;
  session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
    const ofServer = result.filter(({ url }) => url.includes('/stomp/'));
    const ranges = ofServer.flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
    work = ranges.reduce((sum, { count }) => sum + count, 0);
  });
  return work;
}

const limits = { sessions: clients, sessionsPerAddress: clients };
const stomp = createStompServer({ clock: new FakeClock(), limits });
const all = Array.from({ length: clients }, () => new MemoryClient());
for (const [index, client] of all.entries()) {
  stomp.accept(client);
  client.connect().sendFrame('SUBSCRIBE', { id: '0', destination: `/topic/${index % destinations}` });
}

function workOfLeaving(client) {
  takeWork();
  client.drop();
  return takeWork();
}

// What the first one compiles is counted otherwise.
workOfLeaving(all[0]);
const work = [1, clients / 2, clients - 1].map((index) => workOfLeaving(all[index]));
process.stdout.write(JSON.stringify({ work, left: [stomp.sessions.size, stomp.stats().subscriptions] }));
