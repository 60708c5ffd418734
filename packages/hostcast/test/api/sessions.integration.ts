import { describe, expect, it } from 'vitest';
import type { SessionsAnswer } from '../../src/api/sessions.ts';
import type { SessionsBody } from '../../src/sessions/sessionsBody.ts';
import { HostcastProcess } from '../support/hostcastProcess.ts';
import { StompClient } from '../support/stompClient.ts';

const start = () => HostcastProcess.start(['--no-collect', '--interval', '1s']);

function kick(
  hostcast: HostcastProcess,
  id: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${hostcast.url}/api/sessions/${id}/kick`, { method: 'POST', headers });
}

describe('GET /api/sessions', () => {
  it('shows who is connected, and who came and went', async () => {
    const hostcast = await start();
    const client = await StompClient.connect(hostcast.url, { heartbeatMs: 20_000 });
    await client.subscribe('/topic/hosts').next();
    const gone = await StompClient.connect(hostcast.url);
    gone.socket.terminate();
    await hostcast.untilLogged('disconnect');
    const body = await hostcast.fetchJson<SessionsAnswer>('/api/sessions');
    expect(body).toEqual({
      time: expect.any(Number),
      total: 1,
      cost: {
        viewers: 1,
        queriesPerSecond: expect.any(Number),
        messagesPerSecond: expect.any(Number),
        bytesPerSecond: expect.any(Number),
        cpuPercent: expect.any(Number),
        rssBytes: expect.any(Number),
      },
      queries: {
        intervalMs: 1_000,
        lastMs: expect.any(Number),
        p95Ms: expect.any(Number),
        rounds: expect.any(Number),
        skipped: 0,
        failed: 0,
      },
      destinations: [
        {
          destination: '/topic/hosts',
          viewers: 1,
          intervalMs: 1_000,
          publishedMs: expect.any(Number),
          bytes: expect.any(Number),
        },
      ],
      destinationCount: 1,
      sessions: [
        {
          id: expect.stringMatching(/^[\w-]{20,}$/),
          user: null,
          kind: 'anonymous',
          right: 'operator',
          address: '127.0.0.1',
          transport: 'websocket',
          version: '1.2',
          since: expect.any(Number),
          heartbeat: { fromClient: 20_000, fromServer: 20_000 },
          subscriptions: [{ id: 'sub-0', destination: '/topic/hosts' }],
          subscriptionCount: 1,
          outboxBytes: 0,
          messages: expect.any(Number),
          bytes: expect.any(Number),
          conflated: 0,
          dropped: 0,
          roundTripMs: expect.any(Number),
        },
      ],
      recent: [
        expect.objectContaining({
          event: 'disconnect',
          reason: 'socket',
          user: null,
          address: '127.0.0.1',
          lastedMs: expect.any(Number),
          messages: 0,
        }),
        expect.objectContaining({ event: 'connect', transport: 'websocket' }),
        expect.objectContaining({ event: 'connect', session: body.sessions[0]!.id }),
      ],
    });
  });
});

describe('POST /api/sessions/:id/kick', () => {
  it('ends that session with 4409 and is audited', async () => {
    const hostcast = await start();
    const client = await StompClient.connect(hostcast.url);
    const { sessions } = await hostcast.fetchJson<SessionsAnswer>('/api/sessions');
    const closed = new Promise<number>((resolve) => client.socket.once('close', resolve));
    expect((await kick(hostcast, sessions[0]!.id)).status).toBe(204);
    expect(await closed).toBe(4409);
    expect(await hostcast.untilLogged('kick')).toMatchObject([
      {
        level: 30,
        audit: true,
        event: 'kick',
        user: 'anonymous',
        address: '127.0.0.1',
        session: sessions[0]!.id,
        kicked: null,
        kickedAddress: '127.0.0.1',
      },
    ]);
    const { recent } = await hostcast.fetchJson<SessionsAnswer>('/api/sessions');
    expect(recent[0]).toMatchObject({ event: 'disconnect', reason: 'kicked', by: 'anonymous' });
  });

  it('is 404 for a session that is not there, and 403 for the page of another site', async () => {
    const hostcast = await start();
    const unknown = await kick(hostcast, 'nobody');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: 'there is no such session, or no more' },
    ]);
    const client = await StompClient.connect(hostcast.url);
    const { sessions } = await hostcast.fetchJson<SessionsAnswer>('/api/sessions');
    expect((await kick(hostcast, sessions[0]!.id, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await hostcast.fetchJson<SessionsAnswer>('/api/sessions')).total).toBe(1);
    expect(client.client.connected).toBe(true);
  });
});

describe('/topic/sessions', () => {
  it('shows who comes and goes while somebody looks', async () => {
    const hostcast = await start();
    const operator = await StompClient.connect(hostcast.url);
    const live = operator.subscribe<SessionsBody>('/topic/sessions');
    expect(await live.next()).toMatchObject({ total: 1, sessions: [{ subscriptionCount: 1 }] });
    const other = await StompClient.connect(hostcast.url);
    let body = await live.next();
    while (body.total < 2) body = await live.next();
    expect(body.recent[0]).toMatchObject({ event: 'connect' });
    other.socket.terminate();
    while (body.total > 1) body = await live.next();
    expect(body.recent[0]).toMatchObject({ event: 'disconnect', reason: 'socket' });
  });
});
