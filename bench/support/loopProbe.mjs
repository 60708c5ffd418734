// Imported into hostcast before it starts: measures how long its main thread's event loop is held up, and how much of
// that it stood ready but the machine's cores were others'. Asked by messages: 'begin' and 'read'.
import { openSync, readSync } from 'node:fs';
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { quantile } from './figures.mjs';

const resolutionMs = 1;
const collections = [];
/** Delays without the time in which the thread waited for a core, ms. */
const ownDelays = [];
const schedule = Buffer.alloc(128);
let scheduleFile;
let histogram;
let utilization;

if (isMainThread && process.send) {
  process.on('message', (word) => {
    if (word === 'begin') begin();
    else process.send(read());
  });
  process.channel.unref(); // hostcast ends when it has closed everything, not when this ends
}

function begin() {
  new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
  histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  utilization = performance.eventLoopUtilization();
  scheduleFile = openSync(`/proc/self/task/${process.pid}/schedstat`);
  let [lastMs, lastWaitMs] = [performance.now(), waitedMs()];
  setInterval(() => {
    const [nowMs, waitMs] = [performance.now(), waitedMs()];
    ownDelays.push(Math.max(0, nowMs - lastMs - resolutionMs - (waitMs - lastWaitMs)));
    [lastMs, lastWaitMs] = [nowMs, waitMs];
  }, resolutionMs).unref();
  process.send('began');
}

/** How long the main thread has stood ready while others had the cores, ms (Linux: proc(5), schedstat). */
function waitedMs() {
  const length = readSync(scheduleFile, schedule, 0, schedule.length, 0);
  return Number(schedule.toString('latin1', 0, length).split(' ')[1]) / 1e6;
}

/** Delays in ms without the timer's own interval, which the histogram counts in. */
function read() {
  const delay = (percentile) => Math.max(0, histogram.percentile(percentile) / 1e6 - resolutionMs);
  const pauses = (kind) =>
    collections.filter(({ detail }) => detail.kind === kind).map(({ duration }) => duration);
  const { NODE_PERFORMANCE_GC_MAJOR: major, NODE_PERFORMANCE_GC_MINOR: minor } = constants;
  return {
    ...{
      p50: delay(50),
      p99: delay(99),
      p999: delay(99.9),
      most: Math.max(0, histogram.max / 1e6 - resolutionMs),
    },
    own: { p99: quantile(ownDelays, 0.99), p999: quantile(ownDelays, 0.999), most: quantile(ownDelays, 1) },
    utilization: performance.eventLoopUtilization(utilization).utilization,
    minor: { count: pauses(minor).length, most: Math.max(0, ...pauses(minor)) },
    major: { count: pauses(major).length, most: Math.max(0, ...pauses(major)) },
  };
}
