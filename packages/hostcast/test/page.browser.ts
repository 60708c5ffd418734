import { hostname } from 'node:os';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chromiumMissing, launchChromium, openPage, requestsToFirstChart } from './support/chromium.ts';
import { HostcastProcess } from './support/hostcastProcess.ts';
import { influxdMissing, startInfluxd } from './support/influxd.ts';
import { sendAsTelegraf, telegrafLines } from './support/telegraf.ts';

/** The legend of a panel: what the newest point of its chart says. */
function legendOf(page: Page, panel: string): Promise<string> {
  return page.locator(`#${panel} .legend`).innerText();
}

async function untilChanged(page: Page, panel: string, before: string): Promise<string> {
  await page.waitForFunction(
    ([id, text]) => document.querySelector<HTMLElement>(`#${id} .legend`)?.innerText !== text,
    [panel, before],
  );
  return legendOf(page, panel);
}

/** The background colours of the page and of its first card, and how wide it is with what overflows. */
function drawn(page: Page): Promise<{ colours: string[]; width: number }> {
  return page.evaluate(() => ({
    colours: ['body', '.card'].map((selector) => {
      const element = document.querySelector(selector);
      return element === null ? 'none' : getComputedStyle(element).backgroundColor;
    }),
    width: document.documentElement.scrollWidth,
  }));
}

describe.skipIf(chromiumMissing)(
  `the page in Chromium${chromiumMissing ? `: ${chromiumMissing}` : ''}`,
  () => {
    it('shows this machine, moves with two ticks, and is logged as one connect and one disconnect', async () => {
      const hostcast = await HostcastProcess.start(['--interval', '1s']);
      const browser = await launchChromium();
      const { page, faults } = await openPage(browser, hostcast.url);
      await page.getByRole('link', { name: hostname(), exact: true }).click();
      await page.locator('#cpu canvas').waitFor();
      const first = await legendOf(page, 'cpu');
      const second = await untilChanged(page, 'cpu', first);
      const third = await untilChanged(page, 'cpu', second);
      expect(new Set([first, second, third]).size).toBe(3);
      await page.close();
      await hostcast.untilLogged('disconnect');
      await hostcast.stop();
      expect(hostcast.log('connect')).toHaveLength(1);
      expect(hostcast.log('disconnect')).toHaveLength(1);
      const { session } = hostcast.log('connect')[0]!;
      expect(hostcast.log('disconnect')[0]).toMatchObject({ session, reason: 'client' });
      expect(faults).toEqual([]);
    });

    it('is logged as one connect and one disconnect when it navigates away', async () => {
      const hostcast = await HostcastProcess.start(['--no-collect']);
      const browser = await launchChromium();
      const { page } = await openPage(browser, hostcast.url);
      await hostcast.untilLogged('connect');
      await page.goto('about:blank');
      await hostcast.untilLogged('disconnect');
      await hostcast.stop();
      expect(hostcast.log('connect')).toHaveLength(1);
      expect(hostcast.log('disconnect')).toMatchObject([{ reason: 'client' }]);
    });

    it('has its first chart with at most six requests, and asks for nothing while it is live', async () => {
      const hostcast = await HostcastProcess.start(['--interval', '1s']);
      await hostcast.until(() => hostcast.output.includes('Ctrl-C'));
      const browser = await launchChromium();
      const { page, faults, requests } = await openPage(browser, 'about:blank');
      const first = await requestsToFirstChart(page, `${hostcast.url}/hosts/${hostname()}?range=5m`);
      expect(first.length, first.join('\n')).toBeLessThanOrEqual(6);
      const legend = await untilChanged(page, 'cpu', await legendOf(page, 'cpu'));
      const asked = requests.length;
      await untilChanged(page, 'cpu', legend);
      expect(requests.slice(asked)).toEqual([]);
      expect(faults.filter((fault) => !fault.startsWith('foreign request'))).toEqual([]);
    });

    it('shows a host as soon as its Telegraf reports', async () => {
      const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
      const browser = await launchChromium();
      const { page, faults } = await openPage(browser, hostcast.url);
      await page.getByText('flush_interval').waitFor(); // the empty fleet says what to do
      const now = Math.floor(Date.now() / 1_000) * 1_000;
      await sendAsTelegraf(
        hostcast.url,
        telegrafLines('web-1', now - 1_000, 1) + telegrafLines('web-1', now, 2),
      );
      const row = page.getByRole('row', { name: /web-1/ });
      await row.waitFor();
      expect(await row.innerText()).toContain('25');
      expect(faults).toEqual([]);
    });

    it('runs under its content security policy, which lets no inline script or handler run', async () => {
      const hostcast = await HostcastProcess.start(['--interval', '1s']);
      const browser = await launchChromium();
      const { page, faults } = await openPage(browser, hostcast.url);
      const watch = `(window.violations = [], addEventListener('securitypolicyviolation',
        ({ effectiveDirective }) => violations.push(effectiveDirective)))`;
      await page.addInitScript(watch);
      await page.goto(`${hostcast.url}/hosts/${hostname()}`);
      await page.locator('#cpu canvas').waitFor();
      await untilChanged(page, 'cpu', await legendOf(page, 'cpu'));
      await page.locator('#cpu .plot-over').first().hover();
      await page.getByRole('link', { name: '5 min', exact: true }).click();
      await page.waitForURL(/range=5m/);
      await page.goto(hostcast.url);
      await page.getByRole('link', { name: hostname(), exact: true }).waitFor();
      expect(await page.evaluate('violations')).toEqual([]);
      expect(faults).toEqual([]);
      const inject = `(async () => {
        const script = document.createElement('script');
        script.textContent = 'window.wasRun = 1';
        document.body.append(script);
        document.body.insertAdjacentHTML('beforeend',
          '<img src="/nothing.png" onerror="window.wasRun = 2"><a id="link" href="javascript:window.wasRun = 3">x</a>');
        document.getElementById('link').click();
        await fetch('http://127.0.0.1:1/').catch(() => {});
        while (violations.length < 4) await new Promise((resolve) =>
          addEventListener('securitypolicyviolation', resolve, { once: true }));
        return { violations: violations.toSorted(), wasRun: window.wasRun };
      })()`;
      expect(await page.evaluate(inject)).toEqual({
        violations: ['connect-src', 'script-src-attr', 'script-src-elem', 'script-src-elem'],
        wasRun: undefined,
      });
    });

    it('says that data is old when it stops coming, and recovers when the server is back', async () => {
      const first = await HostcastProcess.start(['--interval', '1s']);
      const browser = await launchChromium();
      const { page } = await openPage(browser, first.url);
      await page.getByRole('link', { name: hostname(), exact: true }).waitFor();
      const { port } = new URL(first.url);
      await first.stop();
      await page
        .getByText(/reconnect|offline/i)
        .first()
        .waitFor();
      await page.getByText('states not known now').waitFor();
      expect(await page.locator('.totals').innerText()).not.toMatch(/live/);
      expect(await page.locator('.fleet .state-live, .fleet .row-live').count()).toBe(0);
      await HostcastProcess.start(['--interval', '1s', '--port', port], { data: first.data });
      await page.locator('.chip-live').waitFor();
      await page.locator('.totals .state-live').waitFor();
    });

    it.each([
      { colorScheme: 'light', width: 1440, colours: ['rgb(247, 248, 250)', 'rgb(255, 255, 255)'] },
      { colorScheme: 'light', width: 390, colours: ['rgb(247, 248, 250)', 'rgb(255, 255, 255)'] },
      { colorScheme: 'dark', width: 1440, colours: ['rgb(15, 18, 22)', 'rgb(23, 27, 33)'] },
      { colorScheme: 'dark', width: 390, colours: ['rgb(15, 18, 22)', 'rgb(23, 27, 33)'] },
    ] as const)(
      'is $colorScheme where the system is, and fits $width px without scrolling sideways',
      async ({ colorScheme, width, colours }) => {
        const hostcast = await HostcastProcess.start(['--interval', '1s']);
        const browser = await launchChromium();
        const viewport = { width, height: 900 };
        const { page, faults } = await openPage(browser, hostcast.url, { viewport, colorScheme });
        await page.getByRole('link', { name: hostname(), exact: true }).waitFor();
        expect(await drawn(page)).toEqual({ colours, width });
        await page.goto(`${hostcast.url}/hosts/${hostname()}`);
        await page.locator('#cpu canvas').waitFor();
        expect(await drawn(page)).toEqual({ colours, width });
        expect(faults).toEqual([]);
      },
    );

    it.skipIf(influxdMissing)('shows the fleet that Telegraf keeps in a real InfluxDB', async () => {
      const influxd = await startInfluxd();
      onTestFinished(() => influxd.stop());
      const database = await influxd.createDatabase();
      const startMs = Math.floor(Date.now() / 1_000) * 1_000 - 2_000;
      const write = (host: string, n: number, idle: number) => {
        const body = telegrafLines(host, startMs + n * 1_000, n, idle);
        return fetch(`${influxd.url}/write?db=${database}`, { method: 'POST', body });
      };
      for (const n of [1, 2]) {
        expect((await write('web-1', n, 75)).status).toBe(204);
        expect((await write('db-1', n, 40)).status).toBe(204);
      }
      const hostcast = await HostcastProcess.start([
        '--interval',
        '1s',
        '--influx-url',
        influxd.url,
        '--influx-db',
        database,
      ]);
      const browser = await launchChromium();
      const { page, faults } = await openPage(browser, hostcast.url);
      await page.getByRole('row', { name: /web-1/ }).waitFor();
      expect(await page.getByRole('row', { name: /db-1/ }).innerText()).toContain('60');
      await page.getByRole('link', { name: 'db-1', exact: true }).click();
      await page.locator('#cpu canvas').waitFor();
      const before = await legendOf(page, 'cpu');
      await write('db-1', 3, 10);
      await untilChanged(page, 'cpu', before);
      expect(faults).toEqual([]);
    });
  },
);
