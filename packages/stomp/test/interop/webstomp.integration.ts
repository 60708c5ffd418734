import { describe, expect, test } from 'vitest';
import webstomp, { type Client, type Frame, type Message } from 'webstomp-client';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { cleanUp, serve } from '../support/network.ts';

interface Connected {
  readonly client: Client;
  readonly connected: Frame;
  readonly receipts: string[];
  readonly errors: unknown[];
}

async function connect(url: string, binary = false, beatMs = 0): Promise<Connected> {
  const socket = new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp']);
  const heartbeat = { incoming: beatMs, outgoing: beatMs };
  const client = webstomp.over(socket, { binary, heartbeat, debug: false });
  cleanUp(() => client.disconnect());
  const receipts: string[] = [];
  const errors: unknown[] = [];
  client.onreceipt = ({ headers }) => receipts.push(String(Object.entries(headers)[0]?.[1]));
  const connected = await new Promise<Frame>((resolve) => {
    client.connect(
      { login: 'kim', passcode: 'secret' },
      (frame) => resolve(frame as Frame),
      (error) => errors.push(error),
    );
  });
  return { client, connected, receipts, errors };
}

describe('webstomp-client over WebSocket', () => {
  test.each([
    ['text', false],
    ['binary', true],
  ])('connects, subscribes, sends and gets receipts in %s', async (_name, binary) => {
    const { url } = await serve();
    const { client, connected, receipts } = await connect(url, binary);
    expect(connected.headers).toMatchObject({ version: '1.2' });
    const message = await new Promise<Message>((resolve) => {
      client.subscribe('/topic/a', resolve, { receipt: 'subscribed' } as never);
      client.send('/topic/a', '한글 🙂', { 'x-note': 'plain', receipt: 'sent' } as never);
    });
    expect(message.body).toBe('한글 🙂');
    expect(message.headers).toMatchObject({ destination: '/topic/a', 'x-note': 'plain' });
    await eventually(() => expect(receipts).toEqual(['subscribed', 'sent']));
  });

  test('sends a frame over many WebSocket messages', async () => {
    const { url } = await serve();
    const { client } = await connect(url);
    const body = 'x'.repeat(100_000);
    const message = await new Promise<Message>((resolve) => {
      client.subscribe('/topic/a', resolve);
      client.send('/topic/a', body);
    });
    expect(message.body === body).toBe(true);
  });

  test('keeps an idle connection by heart-beats', async () => {
    const { url, stomp } = await serve({ heartbeat: [50, 50] });
    const { client } = await connect(url, false, 50);
    let beats = 0;
    await new Promise<void>((resolve) => {
      (client.ws as WebSocket).addEventListener('message', ({ data }) => {
        if (data === '\n') beats += 1;
        if (beats === 8) resolve();
      });
    });
    expect(stomp.sessions.size).toBe(1);
  });

  test('refuses a message, gets it again and acknowledges it', async () => {
    const { url } = await serve();
    const { client, receipts } = await connect(url);
    const seen: unknown[] = [];
    client.subscribe(
      '/queue/work',
      (message) => {
        seen.push(Reflect.get(message.headers, 'redelivered'));
        if (seen.length === 1) message.nack();
        else message.ack({ receipt: 'acknowledged' } as never);
      },
      { ack: 'client-individual' },
    );
    client.send('/queue/work', 'one');
    await eventually(() => expect(receipts).toEqual(['acknowledged']));
    expect(seen).toEqual(['false', 'true']);
  });

  test('commits and aborts transactions', async () => {
    const { url } = await serve();
    const { client } = await connect(url);
    const message = await new Promise<Message>((resolve) => {
      client.subscribe('/topic/a', resolve);
      for (const [id, end] of [
        ['t1', 'abort'],
        ['t2', 'commit'],
      ] as const) {
        client.begin(id);
        client.send('/topic/a', end, { transaction: id } as never);
        client[end](id);
      }
    });
    expect(message.body).toBe('commit');
  });

  test('is told of an error, then closed', async () => {
    const { url, lines } = await serve();
    const { client, errors } = await connect(url);
    client.send('/nowhere', 'x', { receipt: 'r' } as never);
    await eventually(() => expect(errors).toHaveLength(2));
    expect(errors[0]).toMatchObject({
      command: 'ERROR',
      headers: { code: 'ERR_STOMP_DESTINATION', 'receipt-id': 'r' },
    });
    expect(errors[1]).toMatchObject({ code: 1002 });
    expect(lines).toEqual(['connect', 'disconnect protocol']);
  });

  test('that disconnects is gone for the reason client', async () => {
    const { url, lines } = await serve();
    const { client } = await connect(url);
    client.disconnect();
    await eventually(() => expect(lines).toEqual(['connect', 'disconnect client']));
  });
});
