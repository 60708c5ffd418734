import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { certificate } from './support/certificate.ts';
import { HostcastProcess, makeFolder } from './support/hostcastProcess.ts';
import {
  documented,
  find,
  hasNginxStream,
  type ReverseProxy,
  siteName,
  startCaddy,
  startNginx,
  startNginxStream,
} from './support/reverseProxy.ts';
import { StompClient } from './support/stompClient.ts';
import { telegrafLines } from './support/telegraf.ts';

/** hostcast as docs/reverse-proxy.md configures it. */
function startBehindProxy(
  args: readonly string[],
  documentedToml = documented('toml'),
): Promise<HostcastProcess> {
  const file = join(makeFolder(), 'hostcast.toml');
  writeFileSync(file, documentedToml);
  return HostcastProcess.start(['--config', file, '--no-collect', '--interval', '1s', ...args]);
}

const withoutLogin = ['--auth', 'none'];

/** By what TLS clients find the proxy that runs here. */
const tls = {
  ca: certificate.cert,
  servername: siteName,
  lookup: (_name: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
    options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4),
};

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function ask(
  { port }: ReverseProxy,
  path: string,
  { body, ...options }: RequestOptions & { body?: Uint8Array } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: siteName, port, path, agent: false, ...tls, ...options } as RequestOptions,
      async (incoming) => {
        let text = '';
        for await (const part of incoming) text += part;
        resolve({ status: incoming.statusCode!, headers: incoming.headers, body: text });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function socketOptions(options: ClientOptions = {}): ClientOptions {
  return { ...tls, ...options } as ClientOptions;
}

const urlOf = ({ port }: ReverseProxy) => `https://${siteName}:${port}`;

/** The status that a handshake is refused with, or 101. */
async function handshake(proxy: ReverseProxy, options: ClientOptions): Promise<number> {
  const socket = new WebSocket(`wss://${siteName}:${proxy.port}/ws`, ['v12.stomp'], socketOptions(options));
  socket.on('error', () => undefined);
  const status = await new Promise<number>((resolve) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode!));
  });
  socket.terminate();
  return status;
}

const servers = [
  { name: 'nginx', start: startNginx, package: 'nginx-light', keeps: true },
  { name: 'caddy', start: startCaddy, package: 'caddy', keeps: false },
];

/** Longer than one interval of hostcast's heart-beats, 10 s, and shorter than two. */
const readTimeout = '14s';

for (const { name, start, package: debian, keeps } of servers) {
  const missing = find(name) === undefined ? ` (${name} is not installed: apt-get install ${debian})` : '';

  describe.skipIf(missing !== '')(`behind ${name}, configured as documented${missing}`, () => {
    const startBoth = async (args = withoutLogin, options = {}) => {
      const hostcast = await startBehindProxy(args);
      return { hostcast, proxy: await start({ upstream: new URL(hostcast.url).host, ...options }) };
    };

    it('the page and the API come over TLS, in HTTP/1.1 and HTTP/2, and plain HTTP leads there', async () => {
      const { proxy } = await startBoth();
      const page = await ask(proxy, '/hosts/web-1', { headers: { accept: 'text/html' } });
      expect([page.status, page.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
      expect(page.headers['content-security-policy']).toContain(`wss://${siteName}:${proxy.port}`);
      const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page.body) ?? [];
      expect(await ask(proxy, script)).toMatchObject({
        status: 200,
        headers: { 'cache-control': 'public, max-age=31536000, immutable' },
      });
      const session = connectHttp2(urlOf(proxy), tls as object);
      const stream = session.request({ ':path': '/api/hosts' });
      const [headers] = await once(stream, 'response');
      expect([session.alpnProtocol, headers[':status']]).toEqual(['h2', 200]);
      session.destroy();
      const plain = await fetch(`http://127.0.0.1:${proxy.plainPort}/`, { redirect: 'manual' });
      expect([plain.status, plain.headers.get('location')]).toEqual([308, expect.stringMatching(/^https:/)]);
    });

    it('pages of this site get a WebSocket, those of others and of plain HTTP do not', async () => {
      const { proxy } = await startBoth();
      expect(await handshake(proxy, { origin: urlOf(proxy) })).toBe(101);
      expect(await handshake(proxy, { origin: 'https://evil.example' })).toBe(403);
      expect(await handshake(proxy, { origin: urlOf(proxy).replace('https', 'http') })).toBe(403);
      const stomp = await StompClient.connect(urlOf(proxy), {
        socket: socketOptions({ origin: urlOf(proxy) }),
      });
      expect(await stomp.subscribe('/topic/hosts').next()).toMatchObject({ source: 'live' });
    });

    it("hostcast sees the client's address and name, and believes nothing that the client says of them", async () => {
      const { hostcast, proxy } = await startBoth();
      const lies = {
        'X-Forwarded-For': '203.0.113.9',
        'X-Real-IP': '203.0.113.9',
        Forwarded: 'for=203.0.113.9',
      };
      await StompClient.connect(urlOf(proxy), {
        socket: socketOptions({ localAddress: '127.0.0.2', headers: lies }),
      });
      expect(await hostcast.untilLogged('connect')).toMatchObject([{ address: '127.0.0.2' }]);
      // A page whose owner has pointed a name here would be let in by an X-Forwarded-Host of its choice.
      const evil = { origin: 'https://evil.example', headers: { 'X-Forwarded-Host': 'evil.example' } };
      expect(await handshake(proxy, evil)).toBe(403);
      const plain = {
        origin: urlOf(proxy).replace('https', 'http'),
        headers: { 'X-Forwarded-Proto': 'http' },
      };
      expect(await handshake(proxy, plain)).toBe(403);
      const headers = { host: 'evil.example', 'x-forwarded-host': siteName };
      expect((await ask(proxy, '/api/hosts', { headers })).body).not.toContain('rows');
    });

    it('a login through it: the cookie is for https alone, and opens the API and the WebSocket', async () => {
      const { hostcast, proxy } = await startBoth([]);
      const password = readFileSync(join(hostcast.data, 'admin-password'), 'utf8').trim();
      const login = (headers: Record<string, string>) =>
        ask(proxy, '/api/login', {
          method: 'POST',
          body: Buffer.from(JSON.stringify({ name: 'admin', password })),
          headers: { 'content-type': 'application/json', ...headers },
          localAddress: '127.0.0.2',
        });
      expect((await ask(proxy, '/api/hosts')).status).toBe(401);
      expect((await login({ origin: 'https://evil.example' })).status).toBe(403);
      const { status, headers } = await login({ origin: urlOf(proxy), 'X-Forwarded-For': '203.0.113.9' });
      const [setCookie = ''] = [headers['set-cookie']].flat();
      expect([status, setCookie]).toEqual([
        200,
        expect.stringMatching(/; HttpOnly; SameSite=Strict; Secure$/),
      ]);
      expect(await hostcast.untilLogged('login')).toMatchObject([{ user: 'admin', address: '127.0.0.2' }]);
      const [cookie = ''] = setCookie.split(';');
      expect((await ask(proxy, '/api/hosts', { headers: { cookie } })).status).toBe(200);
      const socket = (origin: string) => ({
        socket: socketOptions({ origin, headers: { cookie }, localAddress: '127.0.0.2' }),
      });
      const stomp = await StompClient.connect(urlOf(proxy), socket(urlOf(proxy)));
      expect(await stomp.subscribe('/topic/hosts').next()).toMatchObject({ source: 'live' });
      const shown = await ask(proxy, '/api/sessions', { headers: { cookie } });
      expect(JSON.parse(shown.body).sessions).toMatchObject([{ user: 'admin', address: '127.0.0.2' }]);
      await expect(StompClient.connect(urlOf(proxy), socket('https://evil.example'))).rejects.toThrow('403');
      expect(proxy.log()).not.toContain(cookie.slice(cookie.indexOf('=') + 1));
    });

    it('a token in the address of an old client is in no log of it', async () => {
      const { proxy } = await startBoth([]);
      const path = '/write?u=telegraf&p=hct_0123456789ab_c2VjcmV0LW9mLWEtdGVsZWdyYWY';
      expect((await ask(proxy, path, { method: 'POST', body: Buffer.from('m f=1') })).status).toBe(401);
      expect(proxy.log()).not.toContain('c2VjcmV0LW9mLWEtdGVsZWdyYWY');
    });

    it('a Telegraf writes through it, streamed, and hears itself what is too large', async () => {
      const { hostcast, proxy } = await startBoth([...withoutLogin, '--limits-body', '1MiB']);
      const write = (body: Uint8Array, headers = {}) =>
        ask(proxy, '/api/v2/write?bucket=telegraf&org=hostcast', { method: 'POST', body, headers });
      const gzip = { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' };
      expect(await write(gzipSync(telegrafLines('web-1', Date.now(), 1)), gzip)).toMatchObject({
        status: 204,
      });
      expect((await fetch(`${hostcast.url}/api/hosts/web-1`)).status).toBe(200);
      const large = await write(Buffer.from('m,host=web-1 f=1\n'.repeat(100_000)));
      expect([large.status, JSON.parse(large.body).code]).toEqual([413, 'request too large']);
      const browser = await write(Buffer.from('m f=1'), { origin: urlOf(proxy) });
      expect(browser.status).toBe(403);
    });

    it(`a silent WebSocket outlives the limit of ${name} by its heart-beats, and only by them`, {
      timeout: 120_000,
    }, async () => {
      const { hostcast, proxy } = await startBoth(withoutLogin, { readTimeout });
      const beating = await StompClient.connect(urlOf(proxy), { socket: socketOptions() });
      const silent = await StompClient.connect(urlOf(proxy), { heartbeatMs: 0, socket: socketOptions() });
      let beats = 0;
      const third = new Promise<void>((resolve) => {
        beating.socket.on('message', (data) => {
          beats += String(data) === '\n' ? 1 : 0;
          if (beats === 3) resolve();
        });
      });
      await once(silent.socket, 'close');
      await third;
      expect(beating.socket.readyState).toBe(WebSocket.OPEN);
      expect(await hostcast.untilLogged('disconnect')).toHaveLength(1);
    });

    it(`it reads its configuration again; who is connected ${keeps ? 'stays' : 'connects again'}`, async () => {
      const { hostcast, proxy } = await startBoth();
      const first = await StompClient.connect(urlOf(proxy), { socket: socketOptions() });
      const closed = once(first.socket, 'close');
      await proxy.reload();
      expect((await ask(proxy, '/api/hosts')).status).toBe(200);
      if (!keeps) await closed;
      const stomp = keeps ? first : await StompClient.connect(urlOf(proxy), { socket: socketOptions() });
      expect(await stomp.subscribe('/topic/hosts').next()).toMatchObject({ source: 'live' });
      expect(hostcast.log('disconnect')).toHaveLength(keeps ? 0 : 1);
    });

    it('while hostcast is away, a Telegraf is told to come again', async () => {
      const { hostcast, proxy } = await startBoth();
      await hostcast.stop();
      const path = '/api/v2/write?bucket=telegraf&org=hostcast';
      expect((await ask(proxy, path, { method: 'POST', body: Buffer.from('m f=1') })).status).toBe(502);
    });

    it('what is no WebSocket is not upgraded', async () => {
      const { proxy } = await startBoth();
      const headers = {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAAP__',
      };
      expect((await ask(proxy, '/api/hosts', { headers })).status).not.toBe(101);
    });
  });
}

describe.skipIf(find('nginx') === undefined || !hasNginxStream)(
  'plain STOMP behind nginx (libnginx-mod-stream), configured as documented',
  () => {
    it('is spoken over TLS', async () => {
      const hostcast = await startBehindProxy([...withoutLogin, '--stomp-port', '0']);
      const [, port] = /STOMP +127\.0\.0\.1:(\d+)/.exec(hostcast.output)!;
      const socket = connectTls({
        port: await startNginxStream(Number(port)),
        host: '127.0.0.1',
        ...tls,
      } as object);
      socket.write('CONNECT\naccept-version:1.2\nhost:hostcast\n\n\0');
      let received = '';
      for await (const octets of socket) {
        received += octets;
        if (received.includes('\0')) break;
      }
      expect(received).toMatch(/^CONNECTED\n/);
    });
  },
);
