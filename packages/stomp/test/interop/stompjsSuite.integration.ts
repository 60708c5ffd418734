// What the suite of @stomp/stompjs (spec/unit) asks of a server, told again here under the names of its cases: the
// package carries no tests. RabbitMQ's destinations and login, as there.
import type { Client, IMessage } from '@stomp/stompjs';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connect, serve } from '../support/network.ts';
import { changed, login, octets, served, settled, subscribed, topic, until } from '../support/stompjs.ts';
import { type Skipped, suiteLogin, suiteTitle } from '../support/suite.ts';

const bodies: Readonly<Record<string, string>> = {
  'Send and receive a message': '0.1728',
  'Send and receive non-ASCII UTF8 text': 'Älä sinä yhtään and السابق',
  'Send and receive a message with a JSON body': '{"text":"hello","bool":true,"value":"0.5"}',
  'Large text message': 'Lorem ipsum dol '.repeat(64 * 1_023),
};
const binaries: Readonly<Record<string, Uint8Array>> = {
  'Send and receive binary message': octets(1),
  'Should always add content length header for binary messages': Uint8Array.of(0),
  'Large binary message': octets(1_023),
};

const skipped: readonly Skipped[] = [{ name: 'message: Logs raw communication', why: 'of the client alone' }];

describe(suiteTitle('@stomp/stompjs, messages', 25, skipped), () => {
  test.skip.each(skipped)('$name: $why', () => undefined);

  describe('Stomp Message', () => {
    test.each(Object.entries(bodies))('%s', async (_name, body) => {
      const { client } = await served();
      const got = subscribed(client);
      client.publish({ destination: topic, body });
      await until(1, got);
      expect(got[0]?.body === body).toBe(true);
    });

    test.each(Object.entries(binaries))('%s', async (_name, binaryBody) => {
      const { client } = await served();
      const got = subscribed(client);
      client.publish({ destination: topic, binaryBody, skipContentLengthHeader: true });
      await until(1, got);
      expect(Buffer.compare(got[0]?.binaryBody ?? Buffer.alloc(0), binaryBody)).toBe(0);
    });

    test('Send and receive text/binary messages', async () => {
      const { client } = await served();
      const got = subscribed(client);
      client.publish({
        destination: topic,
        binaryBody: octets(1),
        headers: { 'content-type': 'application/octet-stream' },
      });
      client.publish({ destination: topic, body: 'Hello World' });
      await until(2, got);
      expect(got[0]?.binaryBody).toEqual(octets(1));
      expect(got[1]?.body).toBe('Hello World');
    });

    test('Should allow skipping content length header', async () => {
      const { client } = await served();
      const got = subscribed(client);
      client.publish({ destination: topic, body: 'Hello, world', skipContentLengthHeader: true });
      await until(1, got);
      expect(got[0]?.body).toBe('Hello, world');
    });
  });

  describe('Stomp Subscription', () => {
    test('Should receive messages sent to destination after subscribing', async () => {
      const { client } = await served();
      const got = subscribed(client);
      client.publish({ destination: topic, body: 'Is anybody out there?' });
      await until(1, got);
    });

    test('Should tolerate exceptions thrown in a message handler', async () => {
      const { client } = await served();
      let count = 0;
      client.subscribe(topic, () => {
        count += 1;
        throw new Error('of a handler');
      });
      client.publish({ destination: topic });
      client.publish({ destination: topic });
      await eventually(() => expect(count).toBe(2));
    });

    test('Should receive messages with special chars in headers', async () => {
      const { client } = await served();
      const got = subscribed(client);
      const cust = 'f:o:o\nbar\rbaz\\foo\nbar\rbaz\\';
      client.publish({ destination: topic, headers: { cust } });
      await until(1, got);
      expect(got[0]?.headers.cust).toBe(cust);
    });

    test('Should no longer receive messages after unsubscribing to destination', async () => {
      const { client } = await served();
      const none: string[] = [];
      const first = client.subscribe(topic, ({ body }) => void none.push(body));
      const got = subscribed(client);
      first.unsubscribe();
      client.publish({ destination: topic, body: 'Calling all cars!' });
      await until(1, got);
      await settled(client);
      expect(none).toEqual([]);
    });
  });

  describe('Stomp Acknowledgement (RabbitMQ specific queue destination)', () => {
    async function two(): Promise<Client[]> {
      const { url, client } = await served();
      return [client, await connect(url, { connectHeaders: login })];
    }

    function competing(clients: readonly Client[], each: (message: IMessage, client: Client) => void): void {
      for (const client of clients) {
        client.subscribe('/queue/test01', (message) => each(message, client), { ack: 'client' });
      }
      clients[0]?.publish({ destination: '/queue/test01', body: '0.42' });
    }

    test('Should deliver to other client if nacked from one', async () => {
      const by: (Client | 'acknowledged')[] = [];
      competing(await two(), (message, client) => {
        by.push(client);
        if (by.length < 3) return message.nack();
        message.ack();
        by.push('acknowledged');
      });
      await until(4, by);
      expect(by[0]).not.toBe(by[1]);
    });

    test('Should deliver to other client if connection drops before ack', async () => {
      const by: Client[] = [];
      competing(await two(), (message, client) => {
        by.push(client);
        if (by.length === 1) void client.deactivate();
        else message.ack();
      });
      await until(2, by);
      expect(by[0]).not.toBe(by[1]);
    });

    test('Should not redeliver after ack', async () => {
      const clients = await two();
      const by: Client[] = [];
      let isGone: Promise<void> | undefined;
      competing(clients, (message, client) => {
        by.push(client);
        message.ack();
        isGone = client.deactivate();
      });
      await until(1, by);
      await isGone;
      for (const client of clients) if (client.connected) await settled(client);
      expect(by).toHaveLength(1);
    });
  });

  describe('Stomp Transaction', () => {
    test('Send a message in a transaction and abort', async () => {
      const { client } = await served();
      const got = subscribed(client);
      const { id, abort } = client.begin('txid_1');
      client.publish({ destination: topic, headers: { transaction: id }, body: 'aborted' });
      abort();
      client.publish({ destination: topic, body: 'sent' });
      await until(1, got);
      expect(got[0]?.body).toBe('sent');
    });

    test('Send a message in a transaction and commit', async () => {
      const { client } = await served();
      const got = subscribed(client);
      const { id, commit } = client.begin();
      client.publish({ destination: topic, headers: { transaction: id }, body: 'committed' });
      commit();
      await until(1, got);
      expect(got[0]?.body).toBe('committed');
    });

    test('Send a message outside a transaction and abort', async () => {
      const { client } = await served();
      const got = subscribed(client);
      const { abort } = client.begin();
      client.publish({ destination: topic, body: 'outside' });
      abort();
      await until(1, got);
      expect(got[0]?.body).toBe('outside');
    });
  });

  describe('Stomp Receipts', () => {
    test('Should confirm subscription using receipt', async () => {
      const { client } = await served();
      client.watchForReceipt('r1', () => client.publish({ destination: topic, body: 'confirmed' }));
      const got = subscribed(client, topic, { receipt: 'r1' });
      await until(1, got);
    });

    test('Should confirm send using receipt', async () => {
      const { client } = await served();
      await new Promise<void>((resolve) => {
        client.watchForReceipt('r2', () => resolve());
        client.publish({ destination: topic, headers: { receipt: 'r2' }, body: 'x' });
      });
    });
  });

  test('splitLargeFrames: Should split large text frames', async () => {
    const { client } = await served({ splitLargeFrames: true });
    const got = subscribed(client);
    client.publish({ destination: topic, body: 'x'.repeat(20 * 1_024) });
    await until(1, got);
    expect(got[0]?.body === 'x'.repeat(20 * 1_024)).toBe(true);
  });

  test('splitLargeFrames: Should not split large binary messages', async () => {
    const { client } = await served({ splitLargeFrames: true });
    const got = subscribed(client);
    client.publish({ destination: topic, binaryBody: octets(20) });
    await until(1, got);
    expect(got[0]?.binaryBody).toEqual(octets(20));
  });

  test('forceBinaryWSFrames: all binary packets', async () => {
    const { client } = await served({ forceBinaryWSFrames: true });
    const got = subscribed(client);
    client.publish({ destination: topic, body: 'as binary' });
    await until(1, got);
    expect(got[0]?.body).toBe('as binary');
  });

  test('appendMissingNULLonIncoming: Should append missing null in incoming frames', async () => {
    const { url } = await serve({ authenticate: suiteLogin });
    const client = await connect(url, {
      connectHeaders: login,
      appendMissingNULLonIncoming: true,
      webSocketFactory: () => changed(url, (text) => text.split('\0')[0]),
    });
    const got = subscribed(client);
    client.publish({ destination: topic, body: 'whole' });
    await until(1, got);
    expect(got[0]?.body).toBe('whole');
  });
});
