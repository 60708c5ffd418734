import type { MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, it } from 'vitest';
import { LoginServer } from '../support/loginServer.ts';

const hour = 3_600_000;
const notices = { id: 'n', destination: '/user/queue/notices' };

async function subscribe(client: MemoryClient, headers: Record<string, string>): Promise<void> {
  client.sendFrame('SUBSCRIBE', { ...headers, receipt: 'subscribed' });
  await client.first('RECEIPT');
}

/** The ERROR's message. */
async function ending(client: MemoryClient): Promise<string | undefined> {
  return (await client.first('ERROR')).headers.get('message');
}

describe('a session that only listens', () => {
  it('ends when its login does, to the millisecond', async () => {
    const server = await LoginServer.start();
    const client = await server.connect({ Authorization: `Bearer ${await server.tokenOf()}` });
    server.clock.advance(hour - 1);
    expect(client.heard).toEqual(['CONNECTED']);
    server.clock.advance(1);
    expect(await ending(client)).toBe('the login has expired');
    expect(server.stomp.sessions.size).toBe(0);
  });

  it('is warned a minute before, and goes on where its login is refreshed', async () => {
    const server = await LoginServer.start();
    const token = await server.tokenOf();
    const client = await server.connect({ Authorization: `Bearer ${token}` });
    await subscribe(client, notices);
    server.clock.advance(hour - 60_001);
    expect(client.heard).toEqual(['CONNECTED', 'RECEIPT:subscribed']);
    server.clock.advance(1);
    const [session] = [...server.stomp.sessions.keys()];
    const end = server.clock.now() + 60_000;
    expect(client.heard[2]).toBe(`MESSAGE:{"type":"expiring","session":"${session}","expiresAtMs":${end}}`);
    await server.ask('POST', '/api/refresh', { authorization: `Bearer ${token}` });
    server.clock.advance(hour - 60_001);
    expect(client.heard).toHaveLength(3);
    server.clock.advance(1);
    expect(client.heard).toHaveLength(4);
    server.clock.advance(60_000);
    expect(await ending(client)).toBe('the login has expired');
  });
});
