import { expect, test } from 'vitest';
import { readRounds } from '../../src/diagnosis/probe.ts';

test('rounds of queries are read from what Prometheus reads', () => {
  const text = `# HELP hostcast_tick_duration_seconds One tick
# TYPE hostcast_tick_duration_seconds histogram
hostcast_tick_duration_seconds_bucket{le="0.001"} 3
hostcast_tick_duration_seconds_sum 0.056
hostcast_tick_duration_seconds_count 4
hostcast_last_tick_seconds 0.0042
hostcast_query_errors_total{kind="unavailable"} 2
hostcast_query_errors_total{kind="other"} 1
hostcast_query_errors_total_of_others 9
`;
  expect(readRounds(text)).toEqual({ count: 4, seconds: 0.056, lastSeconds: 0.0042, failures: 3 });
  expect(readRounds('# nothing yet\n')).toBeUndefined();
});
