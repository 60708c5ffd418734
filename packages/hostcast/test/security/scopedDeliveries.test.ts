import { createStompServer } from '@hostcast/stomp';
import { MemoryClient } from '@hostcast/stomp/testing';
import { expect, onTestFinished, test } from 'vitest';
import { authenticateWith } from '../../src/security/authentication.ts';
import { authorize, mayKeepSubscriptions, principalOf, setPrincipal } from '../../src/security/authorize.ts';
import { anonymous, type Principal, type Scope } from '../../src/security/principal.ts';
import { ScopedDeliveries } from '../../src/security/scopedDeliveries.ts';

const scopes: Readonly<Record<string, Scope>> = {
  web: { hosts: ['web-*'] },
  icn: { tags: { dc: 'icn' } },
};

function setUp() {
  const stomp = createStompServer({
    destinations: { '/topic/**': { retain: true } },
    authenticate: authenticateWith({
      ofConnect: ({ login = '' }): Principal => ({
        ...anonymous,
        kind: 'user',
        name: login,
        scope: scopes[login],
      }),
      ofRequest: async () => undefined,
    }),
    authorize,
  });
  onTestFinished(() => stomp.close());
  const deliveries = new ScopedDeliveries(stomp);
  const connect = async (login: string, ...destinations: string[]): Promise<MemoryClient> => {
    const client = new MemoryClient();
    stomp.accept(client);
    client.sendFrame('CONNECT', { 'accept-version': '1.2', host: '/', login });
    await client.first('CONNECTED');
    destinations.forEach((destination, id) => {
      client.sendFrame('SUBSCRIBE', { id: String(id), destination });
    });
    return client;
  };
  const hosts = (client: MemoryClient): unknown[] =>
    client.frames
      .filter(({ command }) => command === 'MESSAGE')
      .map(({ body }) => JSON.parse(new TextDecoder().decode(body)))
      .map((snapshot) => snapshot.host ?? snapshot.rows.map(([host]: [string]) => host));
  return { stomp, deliveries, connect, hosts };
}

const row = (host: string, dc: string) => [host, ...Array(15).fill(null), { dc }];
const fleet = JSON.stringify({ rows: [row('db-1', 'icn'), row('web-1', 'icn'), row('web-2', 'nrt')] });
const host = (name: string, dc: string) => JSON.stringify({ host: name, tags: { dc } });

test('everybody gets of the fleet what is in their scope, retained or live', async () => {
  const { stomp, connect, hosts } = setUp();
  stomp.publish('/topic/hosts', fleet);
  const all = await connect('all', '/topic/hosts');
  const web = await connect('web', '/topic/hosts');
  const icn = await connect('icn', '/topic/hosts');
  stomp.publish('/topic/hosts', fleet);
  expect(hosts(all)).toEqual([
    ['db-1', 'web-1', 'web-2'],
    ['db-1', 'web-1', 'web-2'],
  ]);
  expect(hosts(web)).toEqual([
    ['web-1', 'web-2'],
    ['web-1', 'web-2'],
  ]);
  expect(hosts(icn)).toEqual([
    ['db-1', 'web-1'],
    ['db-1', 'web-1'],
  ]);
});

test('a host whose tags are not in the scope stays silent, until they are', async () => {
  const { stomp, connect, hosts } = setUp();
  const icn = await connect('icn', '/topic/hosts.db-1', '/topic/hosts.web-2');
  stomp.publish('/topic/hosts.db-1', host('db-1', 'icn'));
  stomp.publish('/topic/hosts.web-2', host('web-2', 'nrt'));
  expect(hosts(icn)).toEqual(['db-1']);
  stomp.publish('/topic/hosts.web-2', host('web-2', 'icn'));
  expect(hosts(icn)).toEqual(['db-1', 'web-2']);
});

test('a host whose name is outside of the scope can not be subscribed to', async () => {
  const { connect } = setUp();
  const web = await connect('web', '/topic/hosts.db-1');
  expect((await web.first('ERROR')).headers.get('code')).toBe('ERR_STOMP_FORBIDDEN');
});

test('a scope that changes during the session holds from the next message on', async () => {
  const { stomp, deliveries, connect, hosts } = setUp();
  const client = await connect('all', '/topic/hosts');
  const [session] = stomp.sessions.values();
  setPrincipal(session!, { ...principalOf(session!)!, scope: { hosts: ['db-*'] } });
  deliveries.changed(session!);
  stomp.publish('/topic/hosts', fleet);
  setPrincipal(session!, { ...principalOf(session!)!, scope: undefined });
  deliveries.changed(session!);
  stomp.publish('/topic/hosts', fleet);
  expect(hosts(client)).toEqual([['db-1'], ['db-1', 'web-1', 'web-2']]);
});

test('what the policy does not give to who has a scope is kept back, whoever was let in to it before', async () => {
  const { stomp, deliveries, connect } = setUp();
  const client = await connect('all', '/topic/sessions', '/topic/**', '/user/queue/notices');
  const [session] = stomp.sessions.values();
  setPrincipal(session!, { ...principalOf(session!)!, scope: { hosts: ['web-*'] } });
  deliveries.changed(session!);
  stomp.publish('/topic/sessions', 'sessions');
  stomp.publish('/topic/alerts', 'alerts');
  stomp.publish('/topic/hosts.web-1.more', 'more');
  stomp.publishToUser('all', '/queue/notices', 'notice');
  expect(client.heard).toEqual(['CONNECTED', 'MESSAGE:notice']);
});

test('a session may keep its subscriptions while its role and scope allow every one of them', async () => {
  const { stomp, connect } = setUp();
  await connect('all', '/topic/hosts', '/topic/hosts.*');
  const [session] = stomp.sessions.values();
  const before = principalOf(session!)!;
  expect(mayKeepSubscriptions(session!)).toBe(true);
  setPrincipal(session!, { ...before, right: 'viewer' });
  expect(mayKeepSubscriptions(session!)).toBe(false);
  setPrincipal(session!, { ...before, scope: { hosts: ['web-*'] } });
  expect(mayKeepSubscriptions(session!)).toBe(false);
});
