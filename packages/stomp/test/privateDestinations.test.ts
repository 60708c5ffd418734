import { describe, expect, test } from 'vitest';
import { house } from './support/memoryClient.ts';

const subscribe = (id: string, destination: string) =>
  `SUBSCRIBE\nid:${id}\ndestination:${destination}\n\n\0`;
const send = (destination: string, body: string, more = '') =>
  `SEND\ndestination:${destination}\n${more}\n${body}\0`;

/** A house where the login is the user. */
function inhabited(options = {}) {
  const made = house({
    authenticate: ({ login }) => (login === undefined ? undefined : { name: login }),
    ...options,
  });
  return { ...made, as: (name: string) => made.client().connect(`login:${name}\n`) };
}

describe('a user’s destinations', () => {
  test('are reached by publishToUser in all sessions of the user, and in no other', () => {
    const { as, client, stomp } = inhabited();
    const [kim, kimToo, eve, nobody] = [as('kim'), as('kim'), as('eve'), client().connect()];
    for (const each of [kim, kimToo, eve, nobody]) each.send(subscribe('0', '/user/queue/alerts'));
    stomp.publishToUser('kim', '/queue/alerts', 'disk full');
    expect([kim.heard, kimToo.heard]).toEqual([['MESSAGE:disk full'], ['MESSAGE:disk full']]);
    expect([eve.heard, nobody.heard]).toEqual([[], []]);
    expect(kim.frames[0]?.headers.get('destination')).toBe('/user/queue/alerts');
    expect(kimToo.writes[1]).toBe(kim.writes[1]);
  });

  test('are reached in one session alone, also in one of nobody in particular', () => {
    const { as, client, stomp } = inhabited();
    const [kim, kimToo, nobody] = [as('kim'), as('kim'), client().connect()];
    for (const each of [kim, kimToo, nobody]) each.send(subscribe('0', '/user/queue/a'));
    const [first, , third] = [...stomp.sessions.values()];
    if (!first || !third) throw new Error('not connected');
    stomp.publishToUser(first, '/queue/a', '1');
    stomp.publishToUser(third, '/queue/a', '3');
    expect([kim.heard, kimToo.heard, nobody.heard]).toEqual([['MESSAGE:1'], [], ['MESSAGE:3']]);
  });

  test('are reached by no pattern, whatever the user is called', () => {
    const { as, stomp } = inhabited();
    const eve = as('*');
    eve.send(subscribe('0', '/topic/**') + subscribe('1', '/user/queue/a'));
    stomp.publishToUser('kim', '/queue/a', 'secret');
    stomp.publishToUser('kim/queue/a', '/queue/a', 'secret');
    expect(eve.heard).toEqual([]);
    stomp.publishToUser('*', '/queue/a', 'mine');
    expect(eve.heard).toEqual(['MESSAGE:mine']);
  });

  test.each([
    ['a pattern', '/user/queue/*'],
    ['a pattern of users', '/user/**'],
    ['another user’s', '/user/kim/queue/a'],
    ['a session’s', '/session/1/queue/a'],
    ['a reply queue', '/reply-queue/1'],
    ['a temporary queue', '/temp-queue/1'],
  ])('cannot be subscribed to as %s', (_name, destination) => {
    const eve = inhabited().as('eve');
    eve.send(subscribe('0', destination));
    expect(eve.frames[0]?.headers.get('code')).toBe('ERR_STOMP_DESTINATION');
  });

  test('may be sent to by the user alone, where no authorize says otherwise', () => {
    const { as } = inhabited();
    const [kim, eve] = [as('kim park'), as('eve')];
    kim.send(subscribe('0', '/user/queue/a') + send('/user/kim park/queue/a', '1'));
    kim.send(send('/user/kim%20park/queue/a', '2'));
    eve.send(send('/user/kim park/queue/a', '3'));
    expect(kim.heard).toEqual(['MESSAGE:1', 'MESSAGE:2']);
    expect(eve.frames[0]?.headers.get('code')).toBe('ERR_STOMP_FORBIDDEN');
  });

  test('are given to authorize by the user’s name', () => {
    const asked: string[] = [];
    const { as } = inhabited({
      authorize: ({ command, destination }: { command: string; destination: string }) => {
        asked.push(`${command} ${destination}`);
        return true;
      },
    });
    const [kim, eve] = [as('kim'), as('eve')];
    kim.send(subscribe('0', '/user/queue/a'));
    eve.send(send('/user/kim/queue/a', 'hi'));
    expect(kim.heard).toEqual(['MESSAGE:hi']);
    expect(asked).toEqual(['SUBSCRIBE /user/queue/a', 'SEND /user/kim/queue/a']);
  });

  test.each(['/topic/*', '/app/a', 'queue', '/user/queue/a'])('publishToUser to %s is a TypeError', (bad) => {
    expect(() => house().stomp.publishToUser('kim', bad, 'x')).toThrow(TypeError);
  });
});

describe('reply-to:/temp-queue/…', () => {
  test('brings the answers back to the sender, who has not subscribed, and to nobody else', () => {
    const { client, stomp } = house();
    const [asker, other, server] = [client().connect(), client().connect(), client().connect()];
    server.send(subscribe('0', '/queue/rpc'));
    other.send(subscribe('0', '/topic/**'));
    for (const body of ['q1', 'q2']) asker.send(send('/queue/rpc', body, 'reply-to:/temp-queue/replies\n'));
    const replyTo = server.frames.map(({ headers }) => headers.get('reply-to') ?? '');
    expect(replyTo[0]).toMatch(/^\/reply-queue\/[0-9a-f-]{36}$/);
    expect(replyTo[1]).toBe(replyTo[0]);
    server.send(send(replyTo[0] ?? '', 'answer', 'correlation-id:1\n'));
    expect(asker.heard).toEqual(['MESSAGE:answer']);
    expect(asker.frames[0]?.headers.get('subscription')).toBe('/temp-queue/replies');
    expect(asker.frames[0]?.headers.get('correlation-id')).toBe('1');
    expect(other.heard).toEqual([]);
    expect([...stomp.sessions.values()][0]?.subscriptions.has('/temp-queue/replies')).toBe(true);
  });

  test('is another queue in every session, and gone with it', () => {
    const { client } = house();
    const [one, two, server] = [client().connect(), client().connect(), client().connect()];
    server.send(subscribe('0', '/queue/rpc'));
    for (const each of [one, two]) each.send(send('/queue/rpc', 'q', 'reply-to:/temp-queue/r\n'));
    const [first = '', second = ''] = server.frames.map(({ headers }) => headers.get('reply-to') ?? '');
    one.drop();
    server.send(send(first, 'lost', 'receipt:1\n') + send(second, 'found'));
    expect(two.heard).toEqual(['MESSAGE:found']);
    expect(server.heard.at(-1)).toBe('RECEIPT:1');
  });

  test('counts as a subscription', () => {
    const one = house({ limits: { subscriptions: 1 } })
      .client()
      .connect();
    one.send(
      send('/queue/a', 'x', 'reply-to:/temp-queue/a\n') + send('/queue/a', 'x', 'reply-to:/temp-queue/a\n'),
    );
    expect(one.closed).toBeUndefined();
    one.send(send('/queue/a', 'x', 'reply-to:/temp-queue/b\n'));
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_TOO_MANY_SUBSCRIPTIONS');
  });

  test('cannot take the id of another subscription', () => {
    const one = house().client().connect();
    one.send(subscribe('/temp-queue/a', '/topic/a') + send('/queue/a', 'x', 'reply-to:/temp-queue/a\n'));
    expect(one.frames[0]?.headers.get('code')).toBe('ERR_STOMP_SUBSCRIPTION');
  });

  test('of any other form is passed on as it is', () => {
    const { client } = house();
    const one = client().connect();
    one.send(subscribe('0', '/topic/a') + send('/topic/a', 'x', 'reply-to:/queue/mine\n'));
    expect(one.frames[0]?.headers.get('reply-to')).toBe('/queue/mine');
  });
});

describe('lenientSubscribe', () => {
  test('lets SUBSCRIBE do without an id: the destination is the id, for MESSAGE and UNSUBSCRIBE too', () => {
    const { client, stomp } = house({ lenientSubscribe: true });
    const one = client().connect();
    one.send('SUBSCRIBE\ndestination:/topic/a\n\n\0');
    stomp.publish('/topic/a', '1');
    one.send('UNSUBSCRIBE\ndestination:/topic/a\nreceipt:r\n\n\0');
    stomp.publish('/topic/a', '2');
    expect(one.heard).toEqual(['MESSAGE:1', 'RECEIPT:r']);
    expect(one.frames[0]?.headers.get('subscription')).toBe('/topic/a');
  });
});
