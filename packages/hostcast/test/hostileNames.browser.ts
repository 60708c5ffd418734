import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium, openPage } from './support/chromium.ts';
import { HostcastProcess } from './support/hostcastProcess.ts';
import { escaped, hostileNames } from './support/hostileNames.ts';
import { sendAsTelegraf } from './support/telegraf.ts';

const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };

/** What a script from a name would have left behind, and how much wider than its window the page is. */
function harm(page: Page): Promise<{ wasRun: unknown; tooWide: number; images: number }> {
  return page.evaluate(() => ({
    wasRun: 'wasRun' in window ? window.wasRun : undefined,
    tooWide: document.documentElement.scrollWidth - innerWidth,
    images: document.querySelectorAll('img, body script:not([src]), svg[onload]').length,
  }));
}

function linesOf(name: string, timeMs: number): string {
  const [key, time] = [escaped(name), `${timeMs}000000`];
  return [
    `cpu,cpu=cpu-total,dc=${key},host=${key} usage_idle=75,usage_user=25 ${time}`,
    `mem,dc=${key},host=${key} used_percent=50,used=1i,total=2i ${time}`,
    `disk,device=sda1,fstype=ext4,host=${key},path=${key} used_percent=71,total=100i,used=71i ${time}`,
    `plugin,host=${key},tag=${key} ${key}=1 ${time}\n`,
  ].join('\n');
}

describe.skipIf(chromiumMissing)(
  `names from the wire in Chromium${chromiumMissing ? `: ${chromiumMissing}` : ''}`,
  () => {
    it('run no script, are legible, and fit', async () => {
      const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
      const browser = await launchChromium();
      const { page, faults } = await openPage(browser, hostcast.url, { viewport: wide });
      await page.getByText('flush_interval').waitFor();
      const now = Math.floor(Date.now() / 1_000) * 1_000;
      const lines = hostileNames.map((name) => linesOf(name, now - 1_000) + linesOf(name, now)).join('');
      expect(await sendAsTelegraf(hostcast.url, lines)).toBe(204);
      await page
        .locator('tbody tr')
        .nth(hostileNames.length - 1)
        .waitFor();
      const legible = await page.locator('tbody').innerText();
      for (const text of [
        '<img src=x onerror="window.wasRun=1">',
        '../../etc/passwd',
        'right\\u202eto\\u2066left',
      ]) {
        expect(legible).toContain(text);
      }
      expect(await harm(page)).toEqual({ wasRun: undefined, tooWide: 0, images: 0 });
      await page.setViewportSize(narrow);
      expect(await harm(page)).toEqual({ wasRun: undefined, tooWide: 0, images: 0 });
      expect(faults).toEqual([]);
    });

    it('have a page of their own each, by its link and by its address', async () => {
      const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
      const now = Math.floor(Date.now() / 1_000) * 1_000;
      const lines = hostileNames.map((name) => linesOf(name, now - 1_000) + linesOf(name, now)).join('');
      expect(await sendAsTelegraf(hostcast.url, lines)).toBe(204);
      const browser = await launchChromium();
      const { page, faults } = await openPage(browser, hostcast.url, { viewport: wide });
      const links = page.locator('tbody tr a');
      await links.nth(hostileNames.length - 1).waitFor();
      const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      expect(paths.map((path) => decodeURIComponent(path!.slice('/hosts/'.length))).sort()).toEqual(
        [...hostileNames].sort(),
      );
      for (const [index, path] of paths.entries()) {
        await page.setViewportSize(index % 2 === 0 ? wide : narrow);
        await page.goto(hostcast.url + path);
        await page.locator('#disk .legend').waitFor();
        expect([path, await harm(page)]).toEqual([path, { wasRun: undefined, tooWide: 0, images: 0 }]);
      }
      expect(faults).toEqual([]);
    });
  },
);
