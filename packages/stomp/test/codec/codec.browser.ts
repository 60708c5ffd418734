import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';

const program =
  process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const why = program ? '' : ' (skipped: Debian package chromium is not installed; or name one in CHROMIUM)';
const dist = join(import.meta.dirname, '../../dist');

/** The built package as it stands, and an empty page. */
async function serveDist(): Promise<string> {
  const server = createServer((request, response) => {
    const file = join(dist, normalize(request.url ?? '/'));
    const isScript = file.endsWith('.js') && file.startsWith(dist) && existsSync(file);
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? readFileSync(file) : '<!doctype html><link rel="icon" href="data:,">');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: program ?? '', args });
  onTestFinished(() => browser.close());
  return browser;
}

test.skipIf(!program)(`the built codec runs in a browser as it stands${why}`, async () => {
  const url = await serveDist();
  const page = await (await launch()).newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(url);
  const seen = await page.evaluate(`(async () => {
    const { encodeFrame, FrameDecoder, serverFrame, StompError, agreeHeartbeat } = await import('/codec/index.js');
    const limits = { headerLineBytes: 1000, headers: 10, bodyBytes: 1000, frameBytes: 2000 };
    const headers = new Map([['destination', '/topic/a'], ['note', 'a:b\\nC:\\\\new 한글']]);
    const body = new TextEncoder().encode('한글 🙂');
    const decoder = new FrameDecoder(serverFrame, limits);
    const frames = [];
    for (const octet of encodeFrame({ command: 'MESSAGE', headers, body }, '1.2')) {
      decoder.push(Uint8Array.of(octet));
      for (let frame = decoder.read(); frame; frame = decoder.read()) frames.push(frame);
    }
    let code;
    try {
      decoder.push(new TextEncoder().encode('MESSAGE\\nx:\\\\t\\n\\n\\0'));
      decoder.read();
    } catch (error) {
      code = error instanceof StompError ? error.code : String(error);
    }
    return {
      frames: frames.map((frame) => [frame.command, frame.headers.get('note'), new TextDecoder().decode(frame.body)]),
      code,
      agreed: agreeHeartbeat([10000, 10000], [0, 20000]),
    };
  })()`);
  expect(seen).toEqual({
    frames: [['MESSAGE', 'a:b\nC:\\new 한글', '한글 🙂']],
    code: 'ERR_STOMP_ESCAPE',
    agreed: { sendMs: 20_000, receiveMs: 0 },
  });
  expect(faults).toEqual([]);
});
