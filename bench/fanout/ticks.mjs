// Ticks as hostcast publishes them on /topic/hosts: the columns once, a row for each host.

/** More than the window of DEFLATE holds of 20 KB each, so that none is a repetition. */
const count = 16;
const columns =
  '["host","state","seenMs","skewMs","cpu","memory","swap","disk","load1","cores","diskRead","diskWrite","diskBusy","netIn","netOut","uptime","tags"]';

/** Ticks of so many octets, ten seconds apart, the same in every run. */
export function ticksOf(bytes) {
  const random = randomFrom(17);
  return Array.from({ length: count }, (_, index) =>
    tickOf(bytes, 1_795_305_600_000 + index * 10_000, random),
  );
}

/** Spaces at its end make it as long as it is to be. */
function tickOf(bytes, timeMs, random) {
  let text = `{"time":${timeMs + 2_000},"intervalMs":10000,"source":"live","columns":${columns},"rows":[`;
  for (let host = 1; ; host += 1) {
    const row = rowOf(host, timeMs, random);
    if (text.length + row.length + 2 > bytes) return `${text.slice(0, -1)}]}`.padEnd(bytes);
    text += `${row},`;
  }
}

function rowOf(host, timeMs, random) {
  const upTo = (most, digits = 0) => Number((random() * most).toFixed(digits));
  const measured = [upTo(100, 1), upTo(100, 1), 0, upTo(100, 1), upTo(8, 2), 8];
  const rates = [upTo(5_000_000), upTo(20_000_000), upTo(100, 1), upTo(2_000_000), upTo(2_000_000)];
  const uptime = 86_400 * (host % 30) + ((timeMs / 1_000) % 86_400);
  return JSON.stringify([
    `web-${host}`,
    'live',
    timeMs,
    0,
    ...measured,
    ...rates,
    uptime,
    { dc: 'icn', role: 'web' },
  ]);
}

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
