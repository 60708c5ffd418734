// What the writer of the crash tests writes, and its checker expects.
export const start = Date.UTC(2026, 0, 2, 12);
/** A tick is a second of the store's clock and a batch: of it so many hosts with a point each. */
export const hosts = 50;
export const windowTicks = 20;
export const retentionTicks = 2_400;

export const options = {
  windowMs: windowTicks * 1000,
  blockMs: 600_000,
  dayMs: 600_000,
  retentionMs: retentionTicks * 1000,
  restMs: 2_000,
  clusterBy: 'host',
};

export function timeOf(tick) {
  return start + tick * 1000;
}

/** Every eighth tick some points come again that are in a sealed window by now. */
export function batchOf(tick) {
  const batch = Array.from({ length: hosts }, (_, host) => pointOf(host, tick));
  if (tick % 8 === 7 && tick > 60) {
    for (let host = tick % 5; host < hosts; host += 5) batch.push(pointOf(host, tick - 25 - (host % 30)));
  }
  return batch;
}

function pointOf(host, tick) {
  return {
    measurement: 'load',
    tags: [['host', `host-${host}`]],
    timeMs: timeOf(tick),
    fields: [
      { name: 'counter', type: 'integer', value: counterAt(host, tick) },
      { name: 'gauge', type: 'float', value: gaugeAt(host, tick) },
      { name: 'text', type: 'string', value: textAt(tick) },
    ],
  };
}

export function counterAt(host, tick) {
  return host * 1_000_000 + tick * 7;
}

export function gaugeAt(host, tick) {
  return ((tick * 31 + host * 17) % 1000) / 7;
}

export function textAt(tick) {
  return `state ${tick % 11}`;
}
