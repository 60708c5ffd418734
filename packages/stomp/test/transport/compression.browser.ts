import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createStompServer } from '@hostcast/stomp';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';

const program =
  process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const why = program ? '' : ' (skipped: Debian package chromium is not installed; or name one in CHROMIUM)';

const row = '{"host":"web-17","cpu":12.5,"memory":48.1},';
const text = (length: number) => row.repeat(Math.ceil(length / row.length)).slice(0, length);
const bodies = [
  Buffer.alloc(0),
  ...[1_023, 1_024, 20_000, 65_535, 65_536, 524_288, 1_000_000].map((length) => Buffer.from(text(length))),
  Buffer.from('한글 🙂\n'.repeat(500)),
  Buffer.from(Uint8Array.from({ length: 5_000 }, (_, index) => index & 255)),
  randomBytes(20_000),
];
const digest = (body: Uint8Array) => `${body.length} ${createHash('sha256').update(body).digest('hex')}`;

/** What runs in the page: subscribes, sends 100 KB, and tells what it got, in digests. */
const client = `async (count) => {
  const socket = new WebSocket('ws://' + location.host + '/ws', ['v12.stomp']);
  socket.binaryType = 'arraybuffer';
  const waiting = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => { waiting.push(data); wake(); };
  socket.onclose = ({ code }) => { waiting.push('closed ' + code); wake(); };
  const next = async () => {
    while (waiting.length === 0) await new Promise((resolve) => { wake = resolve; });
    const data = waiting.shift();
    if (typeof data === 'string' && data.startsWith('closed')) throw new Error(data + ' after ' + got.length);
    return typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data);
  };
  const got = [];
  const latin = (bytes) => Array.from(bytes, (octet) => String.fromCharCode(octet)).join('');
  await new Promise((resolve) => { socket.onopen = resolve; });
  socket.send('CONNECT\\naccept-version:1.2\\nhost:/\\n\\n\\0');
  const connected = latin(await next()).split('\\n')[0];
  socket.send('SUBSCRIBE\\nid:s\\ndestination:/topic/a\\n\\n\\0');
  socket.send('SEND\\ndestination:/app/a\\n\\n' + 'abc '.repeat(25_000) + '\\0');
  while (got.length < count) {
    const bytes = await next();
    const start = latin(bytes.subarray(0, 300)).indexOf('\\n\\n') + 2;
    const body = bytes.subarray(start, -1);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    got.push(body.length + ' ' + Array.from(hash, (octet) => octet.toString(16).padStart(2, '0')).join(''));
  }
  return { extensions: socket.extensions, connected, got };
}`;

test.skipIf(!program)(`Chromium reads what was published, and is read${why}`, async () => {
  const http = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end('<!doctype html><link rel="icon" href="data:,">');
  });
  const stomp = createStompServer({ compression: true, limits: { outboxBytes: 4_000_000 } });
  stomp.attach(http);
  const sent: number[] = [];
  stomp.handle('/app/a', (message) => {
    sent.push(message.body.length);
    for (const body of bodies) stomp.publish('/topic/a', body);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => void http.close());
  onTestFinished(() => stomp.close({ drainMs: 1_000 }));
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: program ?? '', args });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  await page.goto(`http://127.0.0.1:${address.port}/`);
  expect(await page.evaluate(`(${client})(${bodies.length})`)).toEqual({
    extensions: 'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    connected: 'CONNECTED',
    got: bodies.map(digest),
  });
  expect(sent).toEqual([100_000]);
});
