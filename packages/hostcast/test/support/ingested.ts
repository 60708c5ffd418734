import pino from 'pino';
import { createIngest } from '../../src/ingest/ingest.ts';
import { type FieldKinds, kindOf } from '../../src/metrics/kinds.ts';
import { historyPanels } from '../../src/publish/panels.ts';
import { Publisher } from '../../src/publish/publisher.ts';
import { FakeClock } from './fakeClock.ts';
import { MemoryStore } from './memoryStore.ts';

/** The moment at which the second gather of `ingested` was measured; the first is 10 s before. */
export const secondMs = Date.UTC(2026, 10, 22, 12, 0, 10);

/**
 * What is shown of a host of which Telegraf sent these lines, each with a moment by name in place of its timestamp:
 * `@1` and `@2`, 10 s apart. `history` holds one bucket of 20 s.
 */
export async function ingested(lines: string, host = 'web-1', kinds: FieldKinds['kindOf'] = kindOf) {
  const clock = new FakeClock(secondMs + 2_000);
  const store = new MemoryStore();
  const log = pino({ level: 'silent' });
  const body = lines
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replaceAll('@1', `${secondMs - 10_000}000000`)
    .replaceAll('@2', `${secondMs}000000`);
  const { errors } = await createIngest({ store, log, clock }).write(Buffer.from(body));
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  const publisher = new Publisher({
    store,
    clock,
    log,
    intervalMs: 10_000,
    kindOf: kinds,
    matches: () => false,
    publish: () => {},
    retract: () => {},
  });
  const fleet = await publisher.fleet();
  const history = await store.history({
    selection: { tags: [['host', host]] },
    fromMs: secondMs - 10_000,
    toMs: secondMs + 10_000,
    bucketMs: 20_000,
  });
  const row = fleet.rows.find(([name]) => name === host);
  return {
    row: Object.fromEntries(fleet.columns.map((column, index) => [column, row?.[index]])),
    snapshot: await publisher.host(host),
    history: await historyPanels(history, kinds),
  };
}
