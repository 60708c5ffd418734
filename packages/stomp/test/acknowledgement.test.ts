import { describe, expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

const subscribe = (ack: string, more = '') =>
  `SUBSCRIBE\nid:a.b\ndestination:/topic/x\nack:${ack}\n${more}\n\0`;

describe('on a topic', () => {
  test.each(['client', 'client-individual'])('ack:%s gives MESSAGE its ack header in 1.2', (mode) => {
    const { client, stomp } = house();
    const one = client().connect();
    one.send(subscribe(mode));
    stomp.publish('/topic/x', 'hi');
    expect(one.frames[0]?.headers.get('ack')).toBe('a.b.1');
    expect(one.frames[0]?.headers.get('message-id')).toMatch(/-1$/);
  });

  test('ack:auto gives it none, and neither do the older versions', () => {
    const { client, stomp } = house();
    const [one, old] = [client().connect(), client()];
    old.send('CONNECT\naccept-version:1.1\nhost:/\n\n\0');
    one.send(subscribe('auto'));
    old.send(subscribe('client'));
    stomp.publish('/topic/x', 'hi');
    for (const each of [one, old]) expect(each.frames.at(-1)?.headers.get('ack')).toBeUndefined();
    expect([one, old].map(({ heard }) => heard.at(-1))).toEqual(['MESSAGE:hi', 'MESSAGE:hi']);
  });

  test('those who acknowledge share their octets, apart from those who do not', () => {
    const { client, stomp } = house();
    const [one, two, three] = [client().connect(), client().connect(), client().connect()];
    for (const each of [one, two]) each.send(subscribe('client'));
    three.send(subscribe('auto'));
    stomp.publish('/topic/x', 'hi');
    expect(two.writes[1]).toBe(one.writes[1]);
    expect(three.writes[1]).not.toBe(one.writes[1]);
  });

  test.each(['ACK', 'NACK'])('%s is received and has no further effect', (command) => {
    const { client, stomp } = house();
    const one = client().connect();
    one.send(subscribe('client'));
    stomp.publish('/topic/x', 'hi');
    one.send(`${command}\nid:a.b.1\nreceipt:1\n\n\0${command}\nid:a.b.1\nreceipt:2\n\n\0`);
    expect(one.heard).toEqual(['MESSAGE:hi', 'RECEIPT:1', 'RECEIPT:2']);
  });

  test('an answer that crosses UNSUBSCRIBE on its way is no fault', () => {
    const { client, stomp } = house();
    const one = client().connect();
    one.send(subscribe('client'));
    stomp.publish('/topic/x', 'hi');
    one.send('UNSUBSCRIBE\nid:a.b\n\n\0ACK\nid:a.b.1\nreceipt:1\n\n\0');
    expect(one.heard).toEqual(['MESSAGE:hi', 'RECEIPT:1']);
  });

  test.each([
    ['1.1', 'message-id:%\nsubscription:a.b\n'],
    ['1.0', 'message-id:%\n'],
  ])('STOMP %s names the message by its message-id', (version, headers) => {
    const { client, stomp } = house();
    const one = client();
    one.send(`CONNECT\naccept-version:${version}\nhost:/\n\n\0${subscribe('client')}`);
    stomp.publish('/topic/x', 'hi');
    const id = one.frames.at(-1)?.headers.get('message-id') ?? '';
    one.send(`ACK\n${headers.replace('%', id)}receipt:1\n\n\0`);
    expect(one.heard).toEqual(['CONNECTED', 'MESSAGE:hi', 'RECEIPT:1']);
  });
});

describe('is refused:', () => {
  test.each([
    ['an ack mode that does not exist', '1.2', subscribe('sometimes'), 'ERR_STOMP_ACK'],
    [
      'a prefetch-count that is no number',
      '1.2',
      subscribe('client', 'prefetch-count:-1\n'),
      'ERR_STOMP_HEADER',
    ],
    ['ACK without id', '1.2', 'ACK\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['ACK in 1.2 as in 1.1', '1.2', 'ACK\nmessage-id:e-1\nsubscription:0\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['NACK in 1.1 without subscription', '1.1', 'NACK\nmessage-id:e-1\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['NACK in 1.1 without message-id', '1.1', 'NACK\nsubscription:0\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['ACK in 1.0 without message-id', '1.0', 'ACK\n\n\0', 'ERR_STOMP_HEADER_MISSING'],
    ['an id that is none of ours', '1.2', 'ACK\nid:nonsense\n\n\0', 'ERR_STOMP_ACK'],
    ['an id of a subscription that never was', '1.2', 'ACK\nid:0.1\n\n\0', 'ERR_STOMP_ACK'],
    ['a message-id where nothing is subscribed', '1.0', 'ACK\nmessage-id:e-1\n\n\0', 'ERR_STOMP_ACK'],
  ])('%s (%s)', (_name, version, frame, code) => {
    const one = house().client();
    one.send(`CONNECT\naccept-version:${version}\nhost:/\n\n\0${frame}`);
    expect(one.frames.at(-1)?.headers.get('code')).toBe(code);
    expect(one.closed?.code).toBe(1002);
  });
});
