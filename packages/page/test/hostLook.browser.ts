import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium, openPage } from '../../hostcast/test/support/chromium.ts';
import { HostcastProcess } from '../../hostcast/test/support/hostcastProcess.ts';
import { sendAsTelegraf, telegrafLines } from '../../hostcast/test/support/telegraf.ts';

const secondMs = 1_000;
const minuteMs = 60_000;

function startHostcast(): Promise<HostcastProcess> {
  return HostcastProcess.start(['--interval', '1s', '--no-collect']);
}

function nowMs(): number {
  return Math.floor(Date.now() / secondMs) * secondMs;
}

/** Samples of the last seconds of a host whose clock is so far ahead; those from `gap` are missing. */
function pastLines(host: string, seconds: number, aheadMs = 0, gap: readonly number[] = []): string {
  const lines: string[] = [];
  for (let ago = seconds - 1; ago >= 0; ago--) {
    if (gap.includes(ago)) continue;
    lines.push(telegrafLines(host, nowMs() + aheadMs - ago * secondMs, seconds - ago, ago % 2 ? 75 : 5));
  }
  return lines.join('');
}

/** Puts the pointer over a chart, at a part of its width. */
async function pointAt(page: Page, part: number): Promise<void> {
  const box = await page.locator('#cpu .plot-over').boundingBox();
  if (!box) throw new Error('nothing is drawn');
  await page.mouse.move(box.x + box.width * part, box.y + 60);
}

describe.skipIf(chromiumMissing)('the page of a host', () => {
  for (const [word, aheadMs] of [
    ['20\u202fmin ahead', 20 * minuteMs],
    ['6\u202fmin behind', -6 * minuteMs],
  ] as const) {
    it(`whose clock is ${word.replace('\u202f', ' ')} says so, and shows its data`, async () => {
      const hostcast = await startHostcast();
      const { page, faults } = await openPage(await launchChromium(), hostcast.url);
      // A clock is found to be behind when it says the same in several ticks.
      for (let tick = 0; tick < 5; tick++) {
        const aheadNowMs = aheadMs + Math.sign(aheadMs) * 20 * secondMs;
        const snapshot = await fetch(`${hostcast.url}/api/hosts`).then((answer) => answer.json());
        await sendAsTelegraf(hostcast.url, pastLines('web-1', 10, aheadNowMs));
        await expect
          .poll(() => fetch(`${hostcast.url}/api/hosts`).then((answer) => answer.json()))
          .not.toMatchObject({ time: snapshot.time });
      }
      await page.locator('.clock-off', { hasText: `This host’s clock is ${word}` }).waitFor();
      await page.goto(`${hostcast.url}/hosts/web-1?range=5m`);
      await page.locator('.banner', { hasText: `This host’s clock is ${word}` }).waitFor();
      await page.locator('#cpu canvas').waitFor();
      await pointAt(page, 0.98);
      await page.locator('#cpu .plot-cursor:not([hidden])').waitFor();
      expect(faults).toEqual([]);
    });
  }

  it('draws a figure that no panel has, and says what else is not reported', async () => {
    const hostcast = await startHostcast();
    await sendAsTelegraf(hostcast.url, `mem,host=web-1 used_percent=42 ${nowMs()}000000\n`);
    const { page, faults } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1`);
    await page
      .locator('.panel [role=img][aria-label="mem used_percent: used_percent 42.0\u202f%"]')
      .waitFor();
    await page.locator('.missing #cpu', { hasText: '[[inputs.cpu]]' }).waitFor();
    expect(await page.locator('.missing #memory').count()).toBe(0);
    expect(await page.content()).not.toContain('\\u202f');
    expect(faults).toEqual([]);
  });

  it('moves nothing under the pointer, be there a value or none', async () => {
    const hostcast = await startHostcast();
    const gap = Array.from({ length: 60 }, (_, index) => 60 + index);
    await sendAsTelegraf(hostcast.url, pastLines('web-1', 200, 0, gap));
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`);
    await page.locator('#load canvas').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.stretch').waitFor();
    const tops = new Set<unknown>();
    const said = new Set<string>();
    for (const part of [0.5, 0.6, 0.7, 0.75, 0.95]) {
      await pointAt(page, part);
      await page.locator('#load .plot-cursor:not([hidden])').waitFor();
      said.add(await page.locator('#cpu .legend-value').first().innerText());
      said.add(await page.locator('#cpu .plot-near').innerText());
      tops.add((await page.locator('#memory').boundingBox())?.y);
    }
    expect(said).toContain('–');
    expect([...said].filter((words) => /^No data .* – .* \(1\smin\)\.$/.test(words))).toHaveLength(1);
    expect(tops.size).toBe(1);
  });

  it('lets its tiles stand still with its charts, and says that they do', async () => {
    const hostcast = await startHostcast();
    await sendAsTelegraf(hostcast.url, telegrafLines('web-1', nowMs() - 2_000, 1, 75));
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`);
    const cpu = page.locator('.tile').first();
    await cpu.filter({ hasText: '25.0' }).waitFor();
    await page.locator('.host-header .state-live').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.host-header .state', { hasText: '‖ paused' }).waitFor();
    expect(await page.locator('.host-header .state-live').count()).toBe(0);
    await sendAsTelegraf(hostcast.url, telegrafLines('web-1', nowMs(), 2, 5));
    await page.getByRole('button', { name: 'Back to live (+1)' }).click({ trial: true });
    expect(await cpu.innerText()).toContain('25.0');
    await page.getByRole('button', { name: 'Back to live (+1)' }).click();
    await cpu.filter({ hasText: '95.0' }).waitFor();
    await page.locator('.host-header .state-live').waitFor();
  });

  it('goes back from a zoom, and to the next host although a chart was clicked', async () => {
    const hostcast = await startHostcast();
    await sendAsTelegraf(hostcast.url, pastLines('db-1', 120) + pastLines('web-1', 2));
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/db-1?range=5m`);
    await page.locator('#cpu canvas').waitFor();
    await pointAt(page, 0.7);
    await page.mouse.down();
    await pointAt(page, 0.9);
    await page.mouse.up();
    await page.locator('.stretch').waitFor();
    await page.goBack();
    await page.locator('.stretch').waitFor({ state: 'detached' });
    expect(page.url()).toBe(`${hostcast.url}/hosts/db-1?range=5m`);
    await page.locator('#cpu .plot-over').click();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'web-1' }).waitFor();
  });

  it('keeps the fullest disk’s name and size apart from its figure where there is little room', async () => {
    const hostcast = await startHostcast();
    const disk = `disk,host=web-1,path=/var/lib/containers/storage/data total=536870912000i,used=472446402560i,used_percent=88 ${nowMs()}000000\n`;
    await sendAsTelegraf(hostcast.url, disk);
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1`);
    const tile = page.locator('.tile[href="#disk"]');
    for (const width of [320, 390, 768, 1240, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await tile.filter({ hasText: '440\u202fGiB of 500\u202fGiB' }).waitFor();
      // All at once: between two questions the tile may be drawn anew.
      const { cut, isBeside } = await tile.evaluate((element) => {
        const boxOf = (selector: string) => element.querySelector(selector)!.getBoundingClientRect();
        const [title, figure] = [boxOf('.tile-title'), boxOf('.figure')];
        return {
          cut: [
            ...element.querySelectorAll('.tile-detail, .mount > *, .mount-path > :last-child, .tile-title'),
          ]
            .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
            .map(({ textContent }) => textContent),
          isBeside: figure.left >= title.right || figure.top >= title.bottom,
        };
      });
      expect(cut, `${width} px`).toEqual([]);
      expect(isBeside, `${width} px`).toBe(true);
    }
  });
});
