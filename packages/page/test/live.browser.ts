import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { chromium, type Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  chromiumArguments,
  chromiumMissing,
  chromiumPath,
  launchChromium,
  openPage,
} from '../../hostcast/test/support/chromium.ts';
import { HostcastProcess } from '../../hostcast/test/support/hostcastProcess.ts';
import { startNetwork } from '../../hostcast/test/support/proxy.ts';
import { StompClient } from '../../hostcast/test/support/stompClient.ts';
import { axeFaults } from './support/axe.ts';

const here = hostname();
const hostTopic = `/topic/hosts.${here.replaceAll(/[^A-Za-z0-9_-]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`;

/** The numbers of the messages that a page gets of a topic, as they come. */
class Heard {
  readonly seqs: number[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(page: Page, topic: string) {
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        const head = String(payload).split('\n\n', 1)[0] ?? '';
        if (!head.startsWith('MESSAGE') || !head.split('\n').includes(`destination:${topic}`)) return;
        this.seqs.push(Number(/\nseq:(\d+)/.exec(head)?.[1]));
        for (const listener of this.#listeners) listener();
      });
    });
  }

  /** Waits until so many have come. */
  async atLeast(count: number): Promise<void> {
    while (this.seqs.length < count) {
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** Waits for as many more. */
  more(count: number): Promise<void> {
    return this.atLeast(this.seqs.length + count);
  }

  /** Where a number is not the one after that before it. */
  get jumps(): number[] {
    const { seqs } = this;
    return seqs.flatMap((seq, at) => (at > 0 && seq !== (seqs[at - 1] ?? 0) + 1 ? [at] : []));
  }
}

function histories(requests: readonly string[]): number {
  return requests.filter((url) => url.includes('/history?from=')).length;
}

/** Waits for snapshots that the server gives out to others. */
async function ticks(hostcast: HostcastProcess, count: number): Promise<void> {
  const other = await StompClient.connect(hostcast.url);
  const fleet = other.subscribe('/topic/hosts');
  for (let tick = 0; tick < count; tick++) await fleet.next();
  other.socket.close();
}

/** Of a fleet of one: this machine, which may be critical, as it runs the tests. */
const fleetTitle = /^(\(1\) )?Fleet · hostcast$/;

/** A process and all that it has started. */
function familyOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
      } catch {
        return []; // it has ended meanwhile
      }
    });
  const family = [pid];
  for (const parent of family) for (const [child, of] of parents) if (of === parent) family.push(child);
  return family;
}

/** A Chromium that can be stopped, as one whose machine sleeps. */
async function launchStoppable() {
  const server = await chromium.launchServer({ executablePath: chromiumPath!, args: chromiumArguments });
  const signal = (name: NodeJS.Signals) => {
    for (const pid of familyOf(server.process().pid ?? 0)) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // One of a browser's processes may end between being seen and being told.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
  };
  onTestFinished(async () => {
    signal('SIGCONT');
    await server.close();
  });
  return { browser: await chromium.connect(server.wsEndpoint()), signal };
}

/** Lets a page believe that nobody sees it. */
const hideable = `
  let isHidden = false;
  Object.defineProperty(document, 'hidden', { get: () => isHidden });
  window.hide = (value) => { isHidden = value; document.dispatchEvent(new Event('visibilitychange')); };`;

describe.skipIf(chromiumMissing)('the live page', () => {
  it('goes on with the newest snapshot when its browser has stood still, and asks for the hole once', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    const { browser, signal } = await launchStoppable();
    const { page, faults, requests } = await openPage(browser, 'about:blank');
    const heard = new Heard(page, hostTopic);
    await page.goto(`${hostcast.url}/hosts/${here}?range=5m`);
    await page.locator('#cpu canvas').waitFor();
    await heard.atLeast(3);
    const before = histories(requests);
    signal('SIGSTOP');
    await ticks(hostcast, 8);
    const stopped = heard.seqs.length;
    signal('SIGCONT');
    await page.waitForRequest(/\/history\?from=/);
    await heard.more(3);
    // One was under way; after it comes the newest, and then each.
    expect(heard.jumps.map((at) => at - stopped <= 1)).toEqual([true]);
    expect(histories(requests) - before).toBe(1);
    await page.locator('.chip-live').waitFor();
    expect(hostcast.log('connect').length).toBe(2); // the page, and the one that counted
    expect(faults.filter((fault) => !fault.startsWith('foreign request'))).toEqual([]);
  });

  it('goes on without a hole and without a question after a network that was cut for a moment', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '2s']);
    const network = await startNetwork(hostcast.url);
    const { page, requests } = await openPage(await launchChromium(), 'about:blank');
    await page.clock.install();
    const heard = new Heard(page, hostTopic);
    await page.goto(`${network.url}/hosts/${here}?range=5m`);
    await page.locator('#cpu canvas').waitFor();
    await heard.atLeast(2);
    const before = histories(requests);
    network.cut();
    await ticks(hostcast, 2);
    await page.clock.fastForward(31_000); // two heart-beats are missed
    await page.locator('.chip', { hasText: /reconnecting|connecting/ }).waitFor();
    network.mend();
    await page.locator('.chip-live').waitFor();
    await heard.more(2);
    expect(heard.jumps).toEqual([]);
    expect(histories(requests)).toBe(before);
  });

  it('goes on where it was when the browser brings it back as it left it, with one session at a time', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    const browser = await chromium.launch({
      executablePath: chromiumPath!,
      args: chromiumArguments,
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    onTestFinished(() => browser.close());
    const { page } = await openPage(browser, hostcast.url);
    await page.locator('.chip-live').waitFor();
    await page.evaluate(
      `addEventListener('pageshow', ({ persisted }) => { window.isBroughtBack = persisted; })`,
    );
    await page.goto(`${hostcast.url}/healthz`);
    await page.evaluate('history.back()').catch(() => undefined); // its own document goes meanwhile
    await page.waitForFunction('window.isBroughtBack === true');
    await page.locator('.chip-live').waitFor();
    expect(hostcast.log('connect').length - hostcast.log('disconnect').length).toBe(1);
    expect(hostcast.log('connect').length).toBe(2);
  });

  it('says that the machine is offline, how old the data is and when it tries again', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    const network = await startNetwork(hostcast.url);
    const { page } = await openPage(await launchChromium(), network.url);
    await page.locator('.chip-live').waitFor();
    network.cut();
    await page.context().setOffline(true);
    await page.locator('.chip', { hasText: /offline(retry in \d+ s · )?\d+\u202fs old/ }).waitFor();
    network.mend(); // the connection breaks, and another cannot be made
    await page.locator('.chip', { hasText: /offlineretry in \d+ s · \d+\u202fs oldRetry/ }).waitFor();
    await page.context().setOffline(false);
    await page.locator('.chip-live').waitFor();
  });

  it('tells by its tab that the server is away, though nobody looks, and says why when asked', async () => {
    const first = await HostcastProcess.start(['--interval', '1s']);
    const { page } = await openPage(await launchChromium(), 'about:blank');
    await page.addInitScript(hideable);
    await page.goto(first.url);
    await page.locator('.chip-live').waitFor();
    expect(await page.title()).toMatch(fleetTitle);
    await page.evaluate('hide(true)');
    const { port } = new URL(first.url);
    await first.stop();
    await page.waitForFunction(() => document.title.startsWith('✕ '));
    expect(await page.title()).toBe('✕ Fleet · hostcast');
    const icon = () => page.locator('link[rel=icon]').getAttribute('href');
    expect(await icon()).toMatch(/^data:image\/svg\+xml,.*e5484d/);
    await page.evaluate('hide(false)');
    await page.getByRole('button', { name: /^Connection/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Connection' });
    await dialog.locator('.finding-bad', { hasText: 'HTTP' }).getByText('no answer').waitFor();
    await dialog.locator('.finding-bad', { hasText: 'the server is going down' }).waitFor();
    await HostcastProcess.start(['--interval', '1s', '--port', port], { data: first.data });
    await dialog.locator('.finding-ok', { hasText: 'answers in' }).waitFor();
    await dialog.locator('.finding-ok', { hasText: /version 1\.2, session/ }).waitFor();
    expect(await dialog.locator('.finding-bad').count()).toBe(0);
    await page.keyboard.press('Escape');
    expect(await dialog.count()).toBe(0);
    await page.waitForFunction(() => document.activeElement?.className === 'chip-open');
    await page.waitForFunction(
      () => /Fleet · hostcast$/.test(document.title) && !document.title.startsWith('✕'),
    );
    expect(await page.title()).toMatch(fleetTitle);
    expect(await icon()).not.toContain('e5484d');
  });

  it('draws nothing while it is hidden, and once when it is seen again, without a question', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    const { page, requests } = await openPage(await launchChromium(), 'about:blank');
    const heard = new Heard(page, hostTopic);
    await page.addInitScript(hideable);
    await page.addInitScript(`window.drawn = 0;
      const { clearRect } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.clearRect = function (...box) {
        if (this.canvas.closest('#cpu')) drawn += 1;
        return clearRect.apply(this, box);
      };`);
    await page.goto(`${hostcast.url}/hosts/${here}?range=5m`);
    await page.locator('#cpu canvas').waitFor();
    // In one frame the page takes over what came, in the next it draws.
    const drawnOnce = (isHidden: boolean) =>
      page.evaluate<number>(
        `(hide(${isHidden}), new Promise((resolve) =>
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(drawn)))))`,
      );
    const drawn = await drawnOnce(true);
    const before = histories(requests);
    expect(drawn).toBeGreaterThan(0);
    await heard.more(3);
    expect(await page.evaluate('drawn')).toBe(drawn);
    expect(await drawnOnce(false)).toBe(drawn + 1);
    expect(heard.jumps).toEqual([]);
    expect(histories(requests)).toBe(before);
  });

  it('finds a proxy that does not let the WebSocket through, and shows what it needs', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const { page } = await openPage(await launchChromium(), 'about:blank', {
      viewport: { width: 390, height: 844 },
    });
    await page.addInitScript(`window.WebSocket = class extends WebSocket {
      constructor(url) { super(url.replace('/ws', '/no-such-endpoint')); }
    }`);
    await page.goto(hostcast.url);
    // At its words: its middle may be where "Retry" stands.
    await page.getByRole('button', { name: /^Connection/ }).click({ position: { x: 12, y: 12 } });
    const dialog = page.getByRole('dialog', { name: 'Connection' });
    await dialog.locator('.finding-bad', { hasText: 'not let through' }).waitFor();
    await dialog.getByText('proxy_set_header Upgrade').waitFor();
    await dialog.getByRole('button', { name: 'Traefik' }).click();
    await dialog.getByText('rule: Host(`127.0.0.1`)').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await axeFaults(page)).toEqual([]);
  });
});
