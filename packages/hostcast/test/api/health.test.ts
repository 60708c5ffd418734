import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { healthRoutes, ServerState } from '../../src/api/health.ts';
import { createHttp } from '../../src/http.ts';
import type { Forwarding } from '../../src/store/metricStore.ts';

function server({
  storeAnswers = true,
  forwarding,
  trouble,
}: {
  storeAnswers?: boolean;
  forwarding?: Partial<Forwarding>;
  trouble?: string;
} = {}) {
  const state = new ServerState({
    answers: () => storeAnswers,
    trouble: () => trouble,
    ...(forwarding && { forwarding: () => ({ ...nothingForwarded, ...forwarding }) }),
  });
  const http = createHttp(pino({ level: 'silent' }));
  healthRoutes(http, state);
  const ask = async (url: string) => {
    const { statusCode, body } = await http.inject({ url });
    return [statusCode, body];
  };
  return { state, ask };
}

const nothingForwarded: Forwarding = {
  bufferBytes: 0,
  oldestAgeMs: 0,
  forwardedLines: 0,
  droppedLines: 0,
  retries: 0,
  lastSuccessMs: null,
  isFlowing: true,
  isTaking: true,
};

describe('GET /readyz', () => {
  it('is 200 with a warning while InfluxDB is away and what is written to hostcast waits for it', async () => {
    const { state, ask } = server({
      storeAnswers: false,
      forwarding: { bufferBytes: 1_000, isFlowing: false },
    });
    state.phase = 'running';
    expect(await ask('/readyz')).toEqual([
      200,
      '{"status":"ready","reasons":[],"warnings":["the store does not answer; the log of hostcast says why"]}',
    ]);
  });

  it('is 200 with a warning while InfluxDB answers questions and takes nothing', async () => {
    const { state, ask } = server({ forwarding: { bufferBytes: 1_000, isFlowing: false } });
    state.phase = 'running';
    expect(await ask('/readyz')).toEqual([
      200,
      '{"status":"ready","reasons":[],"warnings":["InfluxDB does not take what is written, which waits in the buffer; the log of hostcast says why"]}',
    ]);
  });

  it('is 503 while InfluxDB is away and nobody writes to hostcast, or the buffer takes no more', async () => {
    const idle = server({ storeAnswers: false, forwarding: { isFlowing: false } });
    idle.state.phase = 'running';
    expect((await idle.ask('/readyz'))[0]).toBe(503);
    const full = server({ forwarding: { bufferBytes: 1_000, isTaking: false } });
    full.state.phase = 'running';
    expect(await full.ask('/readyz')).toEqual([
      503,
      '{"status":"not ready","reasons":["the buffer for InfluxDB takes no more; the log of hostcast says why"]}',
    ]);
  });

  it('is 503 with the reason while hostcast starts and while it stops, and 200 in between', async () => {
    const { state, ask } = server();
    expect(await ask('/readyz')).toEqual([503, '{"status":"not ready","reasons":["hostcast is starting"]}']);
    state.phase = 'running';
    expect(await ask('/readyz')).toEqual([200, '{"status":"ready","reasons":[]}']);
    state.phase = 'stopping';
    expect(await ask('/readyz')).toEqual([503, '{"status":"not ready","reasons":["hostcast is stopping"]}']);
    expect(await ask('/healthz')).toEqual([200, 'ok\n']);
  });

  it('is 503 while the store does not answer, without the words of the store', async () => {
    const { state, ask } = server({ storeAnswers: false });
    state.phase = 'running';
    expect(await ask('/readyz')).toEqual([
      503,
      '{"status":"not ready","reasons":["the store does not answer; the log of hostcast says why"]}',
    ]);
  });

  it('is 200 with a warning while the store takes no data: what is there can be seen', async () => {
    const { state, ask } = server({ trouble: 'the store takes no new data: its disk is full' });
    state.phase = 'running';
    expect(await ask('/readyz')).toEqual([
      200,
      '{"status":"ready","reasons":[],"warnings":["the store takes no new data: its disk is full"]}',
    ]);
  });
});
