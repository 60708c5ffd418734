import { matchesName } from '../namePattern.ts';
import { measurementOf } from './measurements.ts';

/**
 * The tags that tell the series of well-known plugins apart. Others that they send describe a state, as
 * `container_status` and `pstate` do: by these, one series would become another whenever it changes.
 */
const tagsOfPlugins: readonly (readonly [measurement: string, tags: readonly string[]])[] = [
  ['dns_query', ['domain', 'record_type', 'server']],
  ['docker', []],
  ['docker_container_blkio', ['container_name', 'device']],
  ['docker_container_cpu', ['container_name', 'cpu']],
  ['docker_container_net', ['container_name', 'network']],
  ['docker_container_*', ['container_name']],
  ['docker_data', []],
  ['docker_metadata', []],
  ['haproxy', ['proxy', 'sv', 'server']],
  ['http_response', ['server', 'method']],
  ['internal_agent', []],
  ['internal_gather', ['input', 'alias']],
  ['internal_memstats', []],
  ['internal_write', ['output', 'alias']],
  ['net_response', ['server', 'port', 'protocol']],
  ['nvidia_smi', ['index', 'name']],
  ['redis', ['server', 'port', 'socket']],
  ['redis_*', ['server', 'port', 'socket', 'database', 'command', 'err', 'replica_id']],
  ['smart_attribute', ['device', 'name']],
  ['smart_device', ['device']],
  ['systemd_units', ['name']],
  ['win_perf_counters', ['objectname', 'instance']],
  ['win_*', ['instance']],
  ['x509_cert', ['source', 'common_name']],
];

/**
 * The name under which a series of a measurement stands in snapshots and history: the value of the grouping tag;
 * of a measurement that the catalogue doesn't know, the tags that tell its series apart, as `key=value` with commas
 * between: of well-known plugins some, of others all but the host's own (`globalTags`). Null where there is none.
 */
export function groupOf(
  measurement: string,
  tags: readonly (readonly [string, string])[],
  globalTags: ReadonlySet<string>,
): string | null {
  const known = measurementOf(measurement);
  if (known) {
    if (known.groupBy === undefined) return null;
    return tags.find(([key]) => key === known.groupBy)?.[1] ?? null;
  }
  const telling = tagsOfPlugin(measurement);
  if (telling?.length === 0) return null;
  const all = tags.filter(([key]) => key !== 'host' && !globalTags.has(key));
  const some = telling === undefined ? [] : all.filter(([key]) => telling.includes(key));
  const own = some.length === 0 ? all : some;
  return own.length === 0 ? null : own.map(([key, value]) => `${key}=${value}`).join(',');
}

function tagsOfPlugin(measurement: string): readonly string[] | undefined {
  return tagsOfPlugins.find(([pattern]) => matchesName(pattern, measurement))?.[1];
}
