import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import pino from 'pino';
import { expect, it } from 'vitest';
import { createHttp } from '../src/http.ts';

async function listening() {
  const http = createHttp(pino({ level: 'silent' }));
  let answer = (_text: string) => {};
  const asked = new Promise<void>((resolve) => {
    http.get('/slow', () => {
      resolve();
      return new Promise<string>((give) => {
        answer = give;
      });
    });
  });
  http.get('/broken', () => {
    throw new Error('the passcode is 1234');
  });
  await http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.server.address() as AddressInfo;
  return { http, port, asked, answer: (text: string) => answer(text) };
}

it('closes without waiting for a connection that never asked anything', async () => {
  const { http, port } = await listening();
  const idle = connect(port, '127.0.0.1');
  await once(idle, 'connect');
  const gone = once(idle, 'close');
  await http.close();
  await gone;
});

it('answers what was asked before it closes', async () => {
  const { http, port, asked, answer } = await listening();
  const response = fetch(`http://127.0.0.1:${port}/slow`);
  await asked;
  const closed = http.close();
  answer('late but there');
  expect(await (await response).text()).toBe('late but there');
  await closed;
});

it('tells a client nothing of what went wrong inside', async () => {
  const { http, port } = await listening();
  const response = await fetch(`http://127.0.0.1:${port}/broken`);
  expect([response.status, await response.text()]).toEqual([
    500,
    '{"error":"internal error; the log of hostcast says more"}',
  ]);
  await http.close();
});
