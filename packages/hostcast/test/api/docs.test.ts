import { readFileSync } from 'node:fs';
import { createStompServer } from '@hostcast/stomp';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { Publisher } from '../../src/publish/publisher.ts';
import { Audit } from '../../src/security/audit.ts';
import { policy } from '../../src/security/policy.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { parseExposition } from '../support/exposition.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { MemoryStore } from '../support/memoryStore.ts';

const page = (name: string) => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');
const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('| '));

describe('docs/api.md', () => {
  it('names every route and destination of the policy, with its least role', () => {
    const listed = rows(page('api.md'));
    for (const { verb, what, least } of policy) {
      const isRoute = verb !== 'SUBSCRIBE' && verb !== 'SEND';
      const row = listed.find((line) =>
        isRoute ? line.includes(`\`${verb} ${what}\``) : line.startsWith(`| ${verb} | \`${what}\` |`),
      );
      expect(row, `${verb} ${what}`).toContain(`| ${least} |`);
    }
  });

  it('names no route that is not there', () => {
    const known = new Set(policy.map(({ verb, what }) => `${verb} ${what}`));
    const named = rows(page('api.md')).flatMap((line) =>
      Array.from(line.split('|')[1]!.matchAll(/`((?:GET|POST|PUT|PATCH) [^`]+)`/g), ([, route]) => route!),
    );
    expect(named.filter((route) => !known.has(route))).toEqual([]);
  });

  it('has examples that are JSON', () => {
    const examples = Array.from(page('api.md').matchAll(/```json\n([\s\S]*?)```/g), ([, text]) => text!);
    expect(examples).toHaveLength(6);
    for (const example of examples) expect(() => JSON.parse(example)).not.toThrow();
  });
});

describe('docs/operations.md', () => {
  it('names every metric with its labels, and no other', async () => {
    const log = pino({ level: 'silent' });
    const stomp = createStompServer();
    onTestFinished(() => stomp.close());
    const store = Object.assign(new MemoryStore(), {
      condition: async () => ({ series: 0, isWritable: true }),
      forwarding: () => ({
        ...{ bufferBytes: 0, oldestAgeMs: 0, forwardedLines: 0, droppedLines: 0, retries: 0 },
        ...{ lastSuccessMs: null, isFlowing: true, isTaking: true },
      }),
    });
    const clock = new FakeClock();
    const metrics = new Metrics({ clock, version: '1' });
    const publisher = new Publisher({
      ...{ store, clock, log, intervalMs: 1_000 },
      matches: () => false,
      publish: () => {},
      retract: () => {},
    });
    const ingest = createIngest({ store, log, clock: systemClock });
    metrics.watch({ stomp, publisher, ingest, store, audit: new Audit({ log }) });
    const exposed = [...parseExposition(await metrics.text()).keys()].filter((name) =>
      name.startsWith('hostcast_'),
    );
    const documented = rows(page('operations.md')).flatMap((line) =>
      Array.from(line.split('|')[1]!.matchAll(/`(hostcast_\w+)/g), ([, name]) => name!),
    );
    expect(documented.toSorted()).toEqual(exposed.toSorted());
  });
});
