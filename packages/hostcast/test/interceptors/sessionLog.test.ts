import { createStompServer } from '@hostcast/stomp';
import { MemoryClient } from '@hostcast/stomp/testing';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sessionLog } from '../../src/interceptors/sessionLog.ts';

/** A server that knows kim by the login, and the lines that its session log writes. */
function setup() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  const stomp = createStompServer({
    authenticate: ({ login }) => (login === 'kim' ? { name: 'kim' } : undefined),
  });
  stomp.clientInboundChannel.use(sessionLog(log));
  onTestFinished(() => stomp.close());
  const connect = async (address: string, login: string): Promise<MemoryClient> => {
    const client = new MemoryClient(address);
    stomp.accept(client);
    client.sendFrame('CONNECT', { 'accept-version': '1.2', host: '/', login });
    await client.first('CONNECTED');
    return client;
  };
  return { stomp, lines, connect };
}

describe('the session log', () => {
  test('has one line when a session begins and one when it ends, with user, address and reason', async () => {
    const { stomp, lines, connect } = setup();
    const kim = await connect('192.0.2.1', 'kim');
    const guest = await connect('192.0.2.2', 'guest');
    const [first, second] = [...stomp.sessions.keys()];
    kim.sendFrame('DISCONNECT');
    guest.drop();
    const ofKim = { level: 30, session: first, user: 'kim', address: '192.0.2.1' };
    const ofGuest = { level: 30, session: second, user: null, address: '192.0.2.2' };
    expect(lines).toEqual([
      { ...ofKim, msg: 'connect' },
      { ...ofGuest, msg: 'connect' },
      { ...ofKim, reason: 'client', msg: 'disconnect' },
      { ...ofGuest, reason: 'socket', msg: 'disconnect' },
    ]);
  });

  test('has no line for what sessions send in between', async () => {
    const { lines, connect } = setup();
    const kim = await connect('192.0.2.1', 'kim');
    kim.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a' });
    kim.sendFrame('SEND', { destination: '/topic/a' }, 'text');
    await kim.first('MESSAGE');
    expect(lines.map(({ msg }) => msg)).toEqual(['connect']);
  });
});
