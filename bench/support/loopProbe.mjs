// Imported into hostcast before it starts: measures how long its main thread's event loop is held up. Asked by
// messages: 'begin' and 'read'.
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const resolutionMs = 1;
const collections = [];
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
  process.send('began');
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
    utilization: performance.eventLoopUtilization(utilization).utilization,
    minor: { count: pauses(minor).length, most: Math.max(0, ...pauses(minor)) },
    major: { count: pauses(major).length, most: Math.max(0, ...pauses(major)) },
  };
}
