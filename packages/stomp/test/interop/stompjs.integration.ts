import type { IMessage } from '@stomp/stompjs';
import { describe, expect, test } from 'vitest';
import { connect, serve } from '../support/network.ts';

// What stompjs does over a real socket in all other respects is in ../stompjs.integration.ts.
describe('@stomp/stompjs over WebSocket', () => {
  test.each([
    ['text', false],
    ['binary', true],
  ])('subscribes, sends and gets receipts in %s', async (_name, forceBinaryWSFrames) => {
    const { url } = await serve();
    const client = await connect(url, { forceBinaryWSFrames });
    const receipts: string[] = [];
    const message = await new Promise<IMessage>((resolve) => {
      for (const receipt of ['subscribed', 'sent', 'unsubscribed']) {
        client.watchForReceipt(receipt, () => {
          receipts.push(receipt);
          if (receipt === 'unsubscribed') resolve(got);
        });
      }
      let got: IMessage;
      const subscription = client.subscribe(
        '/topic/a',
        (each) => {
          got = each;
          subscription.unsubscribe({ receipt: 'unsubscribed' });
        },
        { receipt: 'subscribed' },
      );
      client.publish({
        destination: '/topic/a',
        body: '한글 🙂\n\nline',
        headers: { 'x-note': 'a:b\nc', receipt: 'sent' },
      });
    });
    expect([message.body, message.headers['x-note']]).toEqual(['한글 🙂\n\nline', 'a:b\nc']);
    expect(receipts).toEqual(['subscribed', 'sent', 'unsubscribed']);
  });

  test.each([
    ['split into small WebSocket messages', { splitLargeFrames: true, maxWebSocketChunkSize: 1_000 }],
    ['whole', {}],
  ])('sends and gets a body of a megabyte, %s', async (_name, settings) => {
    const { url } = await serve();
    const client = await connect(url, settings);
    const body = '0123456789abcdef'.repeat(1_023 * 64);
    const got = await new Promise<string>((resolve) => {
      client.subscribe('/topic/a', (message) => resolve(message.body));
      client.publish({ destination: '/topic/a', body });
    });
    expect(got === body).toBe(true);
  });

  test('refuses a message, which another consumer gets, and acknowledges it', async () => {
    const { url, stomp } = await serve();
    const [one, two] = [await connect(url), await connect(url)];
    one.subscribe('/queue/work', (message) => message.nack(), { ack: 'client-individual', receipt: 's' });
    await new Promise<void>((resolve) => one.watchForReceipt('s', () => resolve()));
    const message = new Promise<IMessage>((resolve) => {
      two.subscribe('/queue/work', resolve, { ack: 'client', receipt: 's' });
    });
    await new Promise<void>((resolve) => two.watchForReceipt('s', () => resolve()));
    one.publish({ destination: '/queue/work', body: 'one' });
    expect((await message).headers.redelivered).toBe('true');
    (await message).ack({ receipt: 'a' });
    await new Promise<void>((resolve) => two.watchForReceipt('a', () => resolve()));
    expect(stomp.stats().messages).toMatchObject({ queuedMessages: 0 });
  });

  test('commits and aborts transactions', async () => {
    const { url } = await serve();
    const client = await connect(url);
    const bodies: string[] = [];
    await new Promise<void>((resolve) => {
      client.subscribe('/topic/a', ({ body }) => {
        bodies.push(body);
        if (bodies.length === 3) resolve();
      });
      const aborted = client.begin();
      client.publish({ destination: '/topic/a', body: 'aborted', headers: { transaction: aborted.id } });
      aborted.abort();
      const committed = client.begin();
      for (const body of ['two', 'three']) {
        client.publish({ destination: '/topic/a', body, headers: { transaction: committed.id } });
      }
      client.publish({ destination: '/topic/a', body: 'one' });
      committed.commit();
    });
    expect(bodies).toEqual(['one', 'two', 'three']);
  });
});
