import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSender, type SenderOptions } from '../../src/agent/httpSender.ts';

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

function sender(options: Partial<SenderOptions> & { readonly url: URL }) {
  const made = createSender({ token: undefined, ...options });
  onTestFinished(() => made.close());
  return made;
}

describe('sending by HTTP', () => {
  it('is a write as Telegraf makes it, over one connection', async () => {
    const seen: unknown[] = [];
    const ports = new Set<number | undefined>();
    const url = await serve(async (request, response) => {
      ports.add(request.socket.remotePort);
      const body: Buffer[] = await request.toArray();
      const { authorization, 'content-type': type } = request.headers;
      seen.push([
        request.method,
        request.url,
        authorization,
        type,
        gunzipSync(Buffer.concat(body)).toString(),
      ]);
      response.writeHead(204).end();
    });
    const { send } = { send: (lines: string) => sending.send(lines) };
    const sending = sender({ url: new URL('/base/', url), token: 'hct_1_x' });
    expect(await send('cpu a=1 1\n')).toEqual({ status: 204, message: '', retryAfterMs: undefined });
    await send('cpu a=2 2\n');
    expect(seen[0]).toEqual([
      'POST',
      '/base/api/v2/write?precision=ns',
      'Token hct_1_x',
      'text/plain; charset=utf-8',
      'cpu a=1 1\n',
    ]);
    expect([seen.length, ports.size]).toEqual([2, 1]);
  });

  it('sends anew where the connection that was kept is closed by then', async () => {
    const cut = new Set<unknown>();
    const url = await serve((request, response) => {
      const isFirst = !cut.has(request.socket);
      cut.add(request.socket);
      request.resume();
      if (isFirst) response.writeHead(204).end();
      else request.socket.destroy();
    });
    const sending = sender({ url });
    expect((await sending.send('a')).status).toBe(204);
    expect((await sending.send('b')).status).toBe(204);
    expect(cut.size).toBe(2);
  });

  it('tells status, message and Retry-After, however much is answered', async () => {
    const url = await serve((request, response) => {
      request.resume();
      response.writeHead(503, { 'retry-after': '7' }).end(JSON.stringify({ error: 'x'.repeat(500) }));
    });
    expect(await sender({ url }).send('a')).toEqual({
      status: 503,
      message: 'x'.repeat(300),
      retryAfterMs: 7_000,
    });
    const other = await serve((request, response) => {
      request.resume();
      response
        .writeHead(200, { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' })
        .end('<html>'.repeat(100_000));
    });
    expect(await sender({ url: other }).send('a')).toEqual({
      status: 200,
      message: '',
      retryAfterMs: undefined,
    });
  });

  it('says in words why there is no answer', async () => {
    const url = await serve(() => {});
    const late = sender({ url, timeoutMs: 50 }).send('a');
    await expect(late).rejects.toThrow(`${url.origin}: it did not answer in time`);
    const secure = new URL(url.href.replace('http:', 'https:'));
    await expect(sender({ url: secure }).send('a')).rejects.toThrow('it does not speak TLS there');
    const talker = createTcpServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end('220 mail.example.org ESMTP\r\n'));
      socket.once('finish', () => socket.destroy());
    }).listen(0, '127.0.0.1');
    await once(talker, 'listening');
    const { port } = talker.address() as AddressInfo;
    await expect(sender({ url: new URL(`http://127.0.0.1:${port}`) }).send('a')).rejects.toThrow(
      /does not speak HTTP|was cut/,
    );
    talker.close();
    await once(talker, 'close');
    await expect(sender({ url: new URL(`http://127.0.0.1:${port}`) }).send('a')).rejects.toThrow(
      `http://127.0.0.1:${port}: nothing listens there: does hostcast run, and is the port right?`,
    );
  });
});

const openssl = 'openssl';
const hasOpenssl = spawnSync(openssl, ['version']).status === 0;

describe.runIf(hasOpenssl)('sending by HTTPS', () => {
  it('trusts what --ca-file names, and nothing that nobody vouches for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostcast-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const made = spawnSync(openssl, [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ]);
    expect(made.status).toBe(0);
    const ca = readFileSync(cert, 'utf8');
    const server = createHttps({ key: readFileSync(key), cert: ca }, (request, response) => {
      request.resume();
      response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect((await sender({ url, ca }).send('a')).status).toBe(204);
    await expect(sender({ url }).send('a')).rejects.toThrow(
      `${url.origin}: its certificate is signed by itself: name it by --ca-file`,
    );
  });
});
