import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { healthRoutes, ServerState } from '../../src/api/health.ts';
import { createHttp } from '../../src/http.ts';

function server({ storeAnswers = true } = {}) {
  const state = new ServerState({ storeAnswers: () => storeAnswers });
  const http = createHttp(pino({ level: 'silent' }));
  healthRoutes(http, state);
  const ask = async (url: string) => {
    const { statusCode, body } = await http.inject({ url });
    return [statusCode, body];
  };
  return { state, ask };
}

describe('GET /readyz', () => {
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
});
