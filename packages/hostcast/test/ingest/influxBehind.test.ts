import fastify from 'fastify';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createIngest } from '../../src/ingest/ingest.ts';
import { ingestRoutes } from '../../src/ingest/routes.ts';
import { Audit } from '../../src/security/audit.ts';
import { openInfluxStore } from '../../src/store/influx/store.ts';
import { httpAnswer, startRawServer } from '../support/rawServer.ts';
import { TelegrafClient } from '../support/telegrafClient.ts';

/** The ingest before an InfluxDB that answers each write so. */
async function setup(status: string, error: string) {
  const influx = await startRawServer((request) =>
    request.startsWith('GET /ping ')
      ? 'HTTP/1.1 204 No Content\r\nX-Influxdb-Version: 1.8.10\r\nConnection: close\r\n\r\n'
      : httpAnswer(status, 'application/json', JSON.stringify({ error })),
  );
  const store = await openInfluxStore({
    url: influx.url,
    database: 'telegraf',
    intervalMs: 10_000,
    timeoutMs: 5_000,
  });
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => logged.push(line) });
  const http = fastify();
  await http.register(ingestRoutes, { ingest: createIngest({ store, log }), log, audit: new Audit({ log }) });
  const telegraf = new TelegrafClient(
    Number(new URL(await http.listen({ host: '127.0.0.1', port: 0 })).port),
  );
  onTestFinished(async () => {
    telegraf.close();
    await http.close();
    await store.close();
    await influx.close();
  });
  return { telegraf, logged };
}

const paths = ['/write', '/api/v2/write', '/api/v3/write_lp', '/telegraf'];
const line = 'mem,host=web-1 used=1i\n';

describe('a batch before an InfluxDB', () => {
  test.each([
    ['401 Unauthorized', 'authorization failed'],
    ['403 Forbidden', 'user is not authorized to write to database "telegraf"'],
    ['404 Not Found', 'database not found: "telegraf"'],
  ])('that answers %s (%s) is kept by every Telegraf until an operator has mended it', async (...answer) => {
    const { telegraf, logged } = await setup(...answer);
    for (const path of paths) {
      const { status, headers } = await telegraf.sendBatch(path, line);
      expect([path, status, headers['retry-after']]).toEqual([path, 503, '5']);
    }
    expect(logged.join('')).toContain(JSON.stringify(answer[1]).slice(1, -1));
  });

  // outputs.influxdb judges an answer by these words, whatever its status (reasons of 5xx come from InfluxDB).
  test.each([
    ['404 Not Found', 'Database not found: "telegraf"'],
    ['500 Internal Server Error', 'retention policy not found: week'],
    ['503 Service Unavailable', 'hinted handoff queue not empty'],
    ['503 Service Unavailable', 'points beyond retention policy dropped=1'],
    ['500 Internal Server Error', 'partial write: timeout'],
    ['500 Internal Server Error', 'unable to parse'],
  ])('is neither dropped nor answered by CREATE DATABASE for its words: %s %s', async (...answer) => {
    const { telegraf } = await setup(...answer);
    const { status, body } = await telegraf.sendBatch('/write', line);
    const message = 'the database behind hostcast does not take points now; the log of hostcast says why';
    expect([status, JSON.parse(body)]).toEqual([503, { error: message, code: 'unavailable', message }]);
  });

  test('that refuses its points for good is not repeated, nor does it create databases', async () => {
    const { telegraf } = await setup('400 Bad Request', 'partial write: database not found in x dropped=1');
    const { status, body } = await telegraf.sendBatch('/write', line);
    expect([status, JSON.parse(body).error]).toEqual([
      400,
      'partial write: the database behind hostcast refused points; the log of hostcast says why',
    ]);
    expect((await telegraf.sendBatch('/telegraf', line)).status).toBe(204);
  });
});
