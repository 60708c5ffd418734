import { expect, test } from 'vitest';
import { decide, decideDestination, policy } from '../../src/security/policy.ts';
import { anonymous, type Principal, type Right } from '../../src/security/principal.ts';

const user: Principal = { ...anonymous, kind: 'user', name: 'kim' };
const as = (right: Right): Principal => ({ ...user, right });
const scoped = (right: Right): Principal => ({ ...as(right), scope: { hosts: ['web-*'] } });

const who: Readonly<Record<string, Principal | undefined>> = {
  nobody: undefined,
  ingest: as('ingest'),
  viewer: as('viewer'),
  operator: as('operator'),
  admin: as('admin'),
  scopedOperator: scoped('operator'),
  anonymous,
};

test('the policy, for everyone: who is let through to what', () => {
  const table = policy.map(({ verb, what }) => {
    const allowed = Object.keys(who).filter((name) => decide(who[name], verb, what) === 'allow');
    return `${verb} ${what}: ${allowed.join(' ')}`;
  });
  const everyone = 'nobody ingest viewer operator admin scopedOperator anonymous';
  const viewers = 'viewer operator admin scopedOperator anonymous';
  const operators = 'operator admin anonymous';
  expect(table).toEqual([
    `SUBSCRIBE /topic/hosts: ${viewers}`,
    `SUBSCRIBE /topic/hosts.<host>: ${viewers}`,
    `SUBSCRIBE /topic/<pattern>: ${operators}`,
    `SUBSCRIBE /topic/sessions: ${operators}`,
    `SUBSCRIBE /user/queue/notices: ${viewers}`,
    `SEND /app/token: ${viewers}`,
    'SEND telegraf: ingest anonymous',
    `GET /*: ${everyone}`,
    `POST /api/login: ${everyone}`,
    `POST /api/refresh: ${everyone}`,
    `POST /api/logout: ${everyone}`,
    `GET /api/me: ${everyone}`,
    `GET /api/hosts: ${viewers}`,
    `GET /api/hosts/history: ${viewers}`,
    `GET /api/hosts/:host: ${viewers}`,
    `GET /api/hosts/:host/history: ${viewers}`,
    `GET /api/sessions: ${operators}`,
    `POST /api/sessions/:id/kick: ${operators}`,
    'POST /api/tokens: admin',
    'GET /metrics: viewer operator admin anonymous',
    `GET /healthz: ${everyone}`,
    `GET /readyz: ${everyone}`,
    'POST /write: ingest anonymous',
    'POST /api/v2/write: ingest anonymous',
    'POST /api/v3/write_lp: ingest anonymous',
    'POST /telegraf: ingest anonymous',
    'PUT /telegraf: ingest anonymous',
    'PATCH /telegraf: ingest anonymous',
    'GET /query: ingest anonymous',
    'POST /query: ingest anonymous',
    `GET /ping: ${everyone}`,
    `GET /health: ${everyone}`,
  ]);
});

test('who has not signed in is asked to, whatever it is about', () => {
  expect(decide(undefined, 'GET', '/api/hosts')).toBe('login');
  expect(decide(undefined, 'GET', '/api/secrets')).toBe('login');
  expect(decideDestination(undefined, 'SUBSCRIBE', '/topic/hosts')).toBe('login');
});

test.each([
  '/topic/<pattern>',
  '/topic/hosts.<host>',
  '/topic/Hosts',
  '/topic/hosts/',
  '/topic//hosts',
  '/topic/hosts/web-1',
  '/topic/hosts.web%2d1',
  '/topic/hosts.web%2D1',
  '/topic/hosts.',
  '/topic/hosts.web-1.',
  '/topic/%68osts',
  ' /topic/hosts',
  '/topic/hosts ',
  '/topic/sessions/',
  '/topic/alerts',
  '/queue/a',
  '/queue/*',
  '/user/kim/queue/notices',
  '/user/queue/other',
  '/temp-queue/a',
  '/app/token',
  '/topic/*\0',
  '',
])('nobody may subscribe to what is not published: %j', (destination) => {
  for (const right of ['ingest', 'viewer', 'operator', 'admin'] as const) {
    const isPattern = destination.startsWith('/topic/') && destination.includes('*');
    if (isPattern && right !== 'ingest' && right !== 'viewer') continue;
    expect(decideDestination(as(right), 'SUBSCRIBE', destination), right).toBe('forbid');
  }
});

test.each([
  '/topic/hosts',
  '/topic/hosts.web-1',
  '/topic/sessions',
  '/topic/a',
  '/queue/a',
  '/app/x',
  '/user/lee/queue/notices',
])('nobody may send to %s', (destination) => {
  for (const right of ['ingest', 'viewer', 'operator', 'admin'] as const) {
    expect(decideDestination(as(right), 'SEND', destination), right).toBe('forbid');
  }
  expect(decideDestination(anonymous, 'SEND', destination)).toBe('forbid');
});

test.each<[string, string, boolean]>([
  ['viewer', '/topic/hosts.web-1', true],
  ['viewer', '/topic/hosts.web-1%2Eexample', true],
  ['viewer', '/topic/hosts.db-1', false],
  ['viewer', '/topic/hosts', true],
  ['operator', '/topic/hosts.*', false],
  ['operator', '/topic/**', false],
  ['operator', '/topic/sessions', false],
])('a scoped %s on %s: %s', (right, destination, expected) => {
  const decision = decideDestination(scoped(right as Right), 'SUBSCRIBE', destination);
  expect(decision === 'allow').toBe(expected);
});
