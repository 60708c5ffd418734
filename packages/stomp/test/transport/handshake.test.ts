import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Handshake, HandshakeInterceptor } from '@hostcast/stomp';
import { expect, test } from 'vitest';
import { HandshakeChain } from '../../src/transport/handshake.ts';

const boom = new Error('boom');

/** A chain of recording interceptors A and B, and the log that they and the upgrade write to. */
function setUp(own: Record<string, HandshakeInterceptor> = {}) {
  const log: string[] = [];
  const reported: unknown[] = [];
  const chain = new HandshakeChain((error) => reported.push(error));
  for (const name of ['A', 'B']) {
    chain.use({
      beforeHandshake(handshake) {
        log.push(`${name}.before`);
        return own[name]?.beforeHandshake?.(handshake);
      },
      afterHandshake(handshake, { accepted, status, error }) {
        log.push(`${name}.after(${accepted},${status},${error instanceof Error ? error.message : 'none'})`);
        return own[name]?.afterHandshake?.(handshake, { accepted, status, error });
      },
    });
  }
  const run = (status: number | Error = 101, headers: readonly (readonly [string, string])[] = []) => {
    const handshake: Handshake = {
      request: new IncomingMessage(new Socket()),
      remoteAddress: '192.0.2.1',
      response: { headers: new Map(headers) },
      attributes: new Map(),
    };
    const upgrade = () => {
      log.push('upgrade');
      if (status instanceof Error) throw status;
      return status;
    };
    return chain.run(handshake, upgrade, (refusal) => log.push(`refuse ${JSON.stringify(refusal)}`));
  };
  return { chain, log, reported, run };
}

test('H1: all let it pass: beforeHandshake in list order, the upgrade, afterHandshake in reverse', async () => {
  const { log, run } = setUp({ A: { beforeHandshake: () => true } });
  await run();
  expect(log).toEqual([
    'A.before',
    'B.before',
    'upgrade',
    'B.after(true,101,none)',
    'A.after(true,101,none)',
  ]);
});

test('H2: false refuses, with 403 where Spring says 200; the one that refused is not told', async () => {
  const { log, run } = setUp({ B: { beforeHandshake: () => false } });
  await run();
  expect(log).toEqual(['A.before', 'B.before', 'refuse {"status":403}', 'A.after(false,403,none)']);
});

test('H2: or with the status, headers and body that it says', async () => {
  const reject = { status: 429, headers: { 'retry-after': '7' }, body: 'slowly' };
  const { log, run } = setUp({ B: { beforeHandshake: () => ({ reject }) } });
  await run();
  expect(log).toEqual([
    'A.before',
    'B.before',
    'refuse {"status":429,"headers":{"retry-after":"7"},"body":"slowly"}',
    'A.after(false,429,none)',
  ]);
});

test('H3: where the first refuses, nobody is told', async () => {
  const { log, run } = setUp({ A: { beforeHandshake: () => false } });
  await run();
  expect(log).toEqual(['A.before', 'refuse {"status":403}']);
});

test('H4: an exception in beforeHandshake is 500; those before it get the exception, and so does the application', async () => {
  const { log, run, reported } = setUp({ B: { beforeHandshake: () => Promise.reject(boom) } });
  await run();
  expect(log).toEqual(['A.before', 'B.before', 'refuse {"status":500}', 'A.after(false,500,boom)']);
  expect(reported).toEqual([boom]);
});

test('H5: where the upgrade itself refuses, all are told in reverse with its status', async () => {
  const { log, run } = setUp();
  await run(405);
  expect(log).toEqual([
    'A.before',
    'B.before',
    'upgrade',
    'B.after(false,405,none)',
    'A.after(false,405,none)',
  ]);
});

test('H6: where the upgrade throws it is 500; all get the exception in reverse, and so does the application', async () => {
  const { log, run, reported } = setUp();
  await run(boom);
  expect(log).toEqual([
    'A.before',
    'B.before',
    'upgrade',
    'refuse {"status":500}',
    'B.after(false,500,boom)',
    'A.after(false,500,boom)',
  ]);
  expect(reported).toEqual([boom]);
});

test('H7: what afterHandshake throws is reported; the others still run', async () => {
  const { log, run, reported } = setUp({ B: { afterHandshake: () => Promise.reject(boom) } });
  await run();
  expect(log.slice(3)).toEqual(['B.after(true,101,none)', 'A.after(true,101,none)']);
  expect(reported).toEqual([boom]);
});

test('one that takes itself out while a handshake passes disturbs nothing', async () => {
  const { chain, log, run } = setUp();
  const undo = chain.use({ beforeHandshake: () => undo() });
  chain.use({ beforeHandshake: () => void log.push('D.before') });
  await run();
  await run();
  expect(log.filter((line) => line === 'D.before')).toHaveLength(2);
});

test.each([
  ['of the accepted upgrade', {}, [['x-room', 'a\r\nset-cookie: b']] as const],
  ['with a name that is none', {}, [['x room', 'a']] as const],
  [
    'of a refusal',
    { B: { beforeHandshake: () => ({ reject: { status: 400, headers: { x: 'a\n\nb' } } }) } },
    [],
  ],
])(
  'a header %s that would break out of its line is 500, and the application is told',
  async (_name, own, headers) => {
    const { log, run, reported } = setUp(own);
    await run(101, headers);
    expect(log[2]).toBe('refuse {"status":500}');
    expect(reported).toMatchObject([{ name: 'TypeError' }]);
  },
);

test.each([
  ['null', null],
  ['text', 'no'],
  ['0', 0],
  ['an object without reject', {}],
  ['a rejection without a status', { reject: {} }],
  ['a status that is none', { reject: { status: 42 } }],
  ['a status that is no number', { reject: { status: '401' } }],
])('an answer of beforeHandshake that is none is 500, not a way in: %s', async (_name, answer) => {
  const { log, run, reported } = setUp({ B: { beforeHandshake: () => answer as boolean } });
  await run();
  const text = 'beforeHandshake has to answer true, false, nothing or { reject: { status: 200 to 599 } }';
  expect(log.slice(2)).toEqual(['refuse {"status":500}', expect.stringMatching(/^A.after\(false,500,befo/)]);
  expect(reported).toMatchObject([{ name: 'TypeError', message: text }]);
});

test('afterHandshake gets an Error, whatever was thrown', async () => {
  const { chain, reported } = setUp();
  const errors: unknown[] = [];
  chain.use({ afterHandshake: (_handshake, { error }) => void errors.push(error) });
  chain.use({ beforeHandshake: () => Promise.reject() });
  const handshake = { request: new IncomingMessage(new Socket()), response: { headers: new Map() } };
  await chain.run(
    { ...handshake, remoteAddress: '192.0.2.1', attributes: new Map() },
    () => 101,
    () => undefined,
  );
  expect([errors, reported]).toEqual([[expect.any(Error)], [undefined]]);
});
