import type { FieldKind } from './measurements.ts';

/** What a field's name says of it. */
export interface Guess {
  readonly kind: FieldKind;
  /** Whether no field of such a name is known to be the other. */
  readonly isSure: boolean;
}

/** Words of things that are measured as they are now. */
const gaugeWord =
  /(^|_)(percent|percentage|pct|perc|ratio|avg|average|mean|median|min|max|stddev|temp|temperature|celsius|voltage|watts|free|available|utilization|util|capacity|limit|threshold|ttl|uptime|timestamp|per_sec|persec|per_second|kbps|mbps)(_|$)/;
/** `memory_total` is how much there is; `requests_total` how many there were. */
const total = /_total$/;
const amount =
  /(^|_)(mem|memory|swap|space|heap|disk|inodes?|size|slots?|threads?|workers?|cores?|cpus?|nodes?|pages|physical|virtual)(_|$)/;
const into = 'rx|tx|in|out|read|write|reads|writes|recv|received|sent|transmitted|written';
const things = 'bytes|octets|packets|pkts|errors?|errs?|drops?|dropped|discards|messages|msgs|ops';
/** `rx_bytes`, `bytes_sent`, `write_ops`: what goes through is counted. */
const flow = new RegExp(`(^|_)((${into})_(${things})|(${things})_(${into}))$`);
/** As SNMP names them: `ifHCInOctets`. */
const snmpFlow = /(In|Out)([A-Z][a-z]+)?(Octets|Pkts|Errors|Discards|UnknownProtos)$/;
const event = /(^|_)(hits|misses|evictions|interrupts|context_switches|page_faults)$/;

/**
 * Gauge unless the name says counter. A gauge taken for a counter shows nonsense, a counter taken for a gauge a
 * line that rises: so only names that are nearly always counted are.
 */
export function guessKind(field: string): Guess {
  const name = field.toLowerCase().replace(/[.\-/ ]/g, '_');
  if (gaugeWord.test(name)) return { kind: 'gauge', isSure: true };
  const isCounter =
    name === 'counter' ||
    (total.test(name) && !amount.test(name)) ||
    flow.test(name) ||
    event.test(name) ||
    snmpFlow.test(field);
  return { kind: isCounter ? 'counter' : 'gauge', isSure: false };
}
