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
});
