import type { InfluxSeries } from './answer.ts';
import type { InfluxClient } from './client.ts';
import { type Statement, tagValues } from './influxql.ts';
import { InfluxSchema } from './schema.ts';

/** A database of an InfluxDB and the hosts that report into it. */
export interface InfluxDatabase {
  readonly name: string;
  readonly hosts: readonly string[];
}

/** 3.x looks through the data for hosts, so far back. */
const backMs = 3 * 86_400_000;
const mostMeasurements = 200;

/**
 * The databases with their hosts, sorted, for whoever has named none; InfluxDB's own are left out. Of 2.x they are
 * the databases that buckets are mapped to. One that may not be read has no hosts.
 * @throws StoreError when InfluxDB cannot be asked
 */
export async function listDatabases(client: InfluxClient, nowMs = Date.now()): Promise<InfluxDatabase[]> {
  const { generation } = await client.version();
  const answer = await client.query('SHOW DATABASES');
  const names = answer
    .flatMap(({ rows }) => rows.map((row) => row.at(-1)))
    .filter((name): name is string => typeof name === 'string' && !own.has(name))
    .sort();
  const hosts = generation === 3 ? hostsOfThree(nowMs) : hostsOfAll;
  return Promise.all(names.map(async (name) => ({ name, hosts: await hosts(client, name) })));
}

const own: ReadonlySet<string> = new Set(['_internal', '_monitoring', '_tasks']);

type HostsOf = (client: InfluxClient, database: string) => Promise<string[]>;

const hostsOfAll: HostsOf = async (client, database) =>
  [...hostNames(await client.query(tagValues('host'), { database }))].sort();

function hostsOfThree(nowMs: number): HostsOf {
  return async (client, database) => {
    const schema = new InfluxSchema(
      (statement) => client.query(statement, { database }),
      () => nowMs,
    );
    const statement = hostsStatement(await schema.measurements([]), nowMs);
    return statement === undefined ? [] : [...hostNames(await client.query(statement, { database }))].sort();
  };
}

/**
 * The statement for the hosts of a 3.x: that sees the last 24 h unless it is told otherwise. Undefined where no
 * measurement has hosts.
 */
export function hostsStatement(
  known: ReadonlyMap<string, { readonly tagKeys: readonly string[] }>,
  nowMs: number,
): Statement | undefined {
  const measurements = [...known]
    .filter(([, { tagKeys }]) => tagKeys.includes('host'))
    .map(([name]) => name)
    .slice(0, mostMeasurements);
  if (measurements.length === 0) return undefined;
  return tagValues('host', { measurements, fromMs: nowMs - backMs, toMs: nowMs });
}

/** Host names of an answer to `tagValues`, which has a series per measurement. */
export function hostNames(answer: readonly InfluxSeries[]): Set<string> {
  const names = new Set<string>();
  for (const { rows } of answer) {
    for (const row of rows) {
      const host = row.at(-1);
      if (typeof host === 'string' && host !== '') names.add(host);
    }
  }
  return names;
}
