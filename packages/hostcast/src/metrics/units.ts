import { matchesName } from '../namePattern.ts';
import type { FieldUnit } from './catalogue.ts';
import type { FieldKind } from './measurements.ts';

/** What a sample itself is measured in. */
type Measure =
  | 'percent'
  | 'bytes'
  | 'mebibytes'
  | 'seconds'
  | 'milliseconds'
  | 'microseconds'
  | 'nanoseconds'
  | 'celsius';

/** What well-known plugins send, where the name alone doesn't tell. */
const ofPlugins: readonly (readonly [pattern: string, measure: Measure])[] = [
  ['docker.memory_total', 'bytes'],
  ['docker_container_cpu.throttling_throttled_time', 'nanoseconds'],
  ['docker_container_cpu.usage_in_*', 'nanoseconds'],
  ['docker_container_cpu.usage_system', 'nanoseconds'],
  ['docker_container_cpu.usage_total', 'nanoseconds'],
  ['docker_container_mem.*_anon', 'bytes'],
  ['docker_container_mem.*_file', 'bytes'],
  ['docker_container_mem.*cache', 'bytes'],
  ['docker_container_mem.*limit', 'bytes'],
  ['docker_container_mem.*rss', 'bytes'],
  ['docker_container_mem.*usage', 'bytes'],
  ['docker_data.*', 'bytes'],
  ['docker_metadata.*', 'bytes'],
  ['haproxy.bin', 'bytes'],
  ['haproxy.bout', 'bytes'],
  ['haproxy.ctime', 'milliseconds'],
  ['haproxy.qtime', 'milliseconds'],
  ['haproxy.rtime', 'milliseconds'],
  ['haproxy.ttime', 'milliseconds'],
  ['http_response.response_time', 'seconds'],
  ['net_response.response_time', 'seconds'],
  ['nvidia_smi.fan_speed', 'percent'],
  ['nvidia_smi.memory_*', 'mebibytes'],
  ['nvidia_smi.utilization_*', 'percent'],
  ['postgresql.*_time', 'milliseconds'],
  ['pressure.avg*', 'percent'],
  ['pressure.total', 'microseconds'],
  ['procstat.cpu_time_*', 'seconds'],
  ['procstat.*cpu_usage', 'percent'],
  ['procstat.memory_usage', 'percent'],
  ['procstat.memory_*', 'bytes'],
  ['redis.maxmemory', 'bytes'],
  ['redis.total_system_memory', 'bytes'],
  ['redis.used_cpu_*', 'seconds'],
  ['redis.used_memory', 'bytes'],
  ['redis.used_memory_rss', 'bytes'],
  ['redis.used_memory_peak', 'bytes'],
];

/** What a name tells; the first that fits counts. */
const byName: readonly (readonly [name: RegExp, measure: Measure])[] = [
  [/(^|_)(percent|percentage|pct|perc)(_|$)/, 'percent'],
  [/(^|_)(bytes|octets)(_|$)/, 'bytes'],
  [/(^|_)(ns|nanoseconds)(_total|_sum)?$/, 'nanoseconds'],
  [/(^|_)(us|usec|microseconds)(_total|_sum)?$/, 'microseconds'],
  [/(^|_)(ms|msec|millis|milliseconds)(_total|_sum)?$/, 'milliseconds'],
  [/(^|_)(seconds|secs)(_total|_sum)?$/, 'seconds'],
  [/^temp$|^temp\d*_(c|input|max|min|crit|high)$|(^|_)(temperature|celsius)(_(c|gpu|celsius))?$/, 'celsius'],
];

/** A share of the time: 1 s per second is 100 %, of one core where it is a core's time. */
const ofTime: Partial<Record<Measure, number>> = {
  seconds: 100,
  milliseconds: 0.1,
  microseconds: 1e-4,
  nanoseconds: 1e-7,
};

const asMeasured: Readonly<Record<Measure, FieldUnit>> = {
  percent: { unit: 'percent' },
  bytes: { unit: 'bytes' },
  mebibytes: { unit: 'bytes', scale: 1_048_576 },
  seconds: { unit: 'seconds' },
  milliseconds: { unit: 'seconds', scale: 1e-3 },
  microseconds: { unit: 'seconds', scale: 1e-6 },
  nanoseconds: { unit: 'seconds', scale: 1e-9 },
  celsius: { unit: 'celsius' },
};

/** Whether a field is a percentage, by its name alone: those of Telegraf's cpu, and whatever ends so. */
export function isPercentage(measurement: string, field: string): boolean {
  return field.endsWith('_percent') || (measurement === 'cpu' && field.startsWith('usage_'));
}

/** In what a field of a measurement that the catalogue doesn't know is shown; undefined: a number, as it is. */
export function unitOf(measurement: string, field: string, kind: FieldKind): FieldUnit | undefined {
  const name = field.toLowerCase().replace(/[.\-/ ]/g, '_');
  if (/(^|_)(per_sec|persec|per_second)$/.test(name)) {
    return { unit: /(^|_)(bytes|octets)_/.test(name) ? 'bytesPerSecond' : 'perSecond' };
  }
  const measure = measureOf(measurement, field, name);
  if (kind === 'gauge') return measure === undefined ? undefined : asMeasured[measure];
  if (measure === 'bytes') return { unit: 'bytesPerSecond' };
  const scale = measure === undefined ? undefined : ofTime[measure];
  return scale === undefined ? { unit: 'perSecond' } : { unit: 'percent', scale };
}

function measureOf(measurement: string, field: string, name: string): Measure | undefined {
  const full = `${measurement}.${field}`;
  const known = ofPlugins.find(([pattern]) => matchesName(pattern, full));
  return (known ?? byName.find(([pattern]) => pattern.test(name)))?.[1];
}
