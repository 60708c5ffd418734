import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium, openPage } from '../../hostcast/test/support/chromium.ts';
import { HostcastProcess } from '../../hostcast/test/support/hostcastProcess.ts';
import { sendAsTelegraf, telegrafLines } from '../../hostcast/test/support/telegraf.ts';
import { axeFaults } from './support/axe.ts';

const secondMs = 1_000;

/** Sends a sample a second, as far back as said, of hosts of which the first is the idlest. */
async function sendPast(url: string, hosts: readonly string[], seconds: number): Promise<number> {
  const nowMs = Math.floor(Date.now() / secondMs) * secondMs;
  let lines = '';
  for (let ago = seconds - 1; ago >= 0; ago--) {
    for (const [index, host] of hosts.entries()) {
      lines += telegrafLines(host, nowMs - ago * secondMs, seconds - ago, 75 - index * 10);
    }
  }
  expect(await sendAsTelegraf(url, lines)).toBe(204);
  return nowMs;
}

async function start(hosts: readonly string[], seconds: number): Promise<HostcastProcess> {
  const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
  await sendPast(hostcast.url, hosts, seconds);
  return hostcast;
}

/** Draws a span with the mouse over a chart, from and to as parts of its width; `before` happens before it is let go. */
async function dragOver(
  page: Page,
  panel: string,
  from: number,
  to: number,
  before = async () => {},
): Promise<void> {
  const box = await page.locator(`#${panel} .plot-over`).boundingBox();
  if (!box) throw new Error(`${panel} is not drawn`);
  await page.mouse.move(box.x + box.width * from, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, box.y + 60, { steps: 4 });
  await before();
  await page.mouse.up();
}

function histories(requests: readonly string[]): URLSearchParams[] {
  return requests.filter((url) => url.includes('/history?')).map((url) => new URL(url).searchParams);
}

/** The stretch that the address says, ms; undefined where it says none. */
function stretchIn(page: Page): { from: number; to: number } | undefined {
  const query = new URL(page.url()).searchParams;
  return query.has('from') ? { from: Number(query.get('from')), to: Number(query.get('to')) } : undefined;
}

describe.skipIf(chromiumMissing)('the charts of a host', () => {
  it('have one crosshair, are all zoomed by a drag over one, without a request where all is there, and go back', async () => {
    const hostcast = await start(['web-1'], 240);
    const { page, requests } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`);
    await page.locator('#load canvas').waitFor();
    await page.locator('#cpu .plot-over').hover();
    await page.locator('#load .plot-cursor:not([hidden])').waitFor();
    const times = await page.locator('#cpu .panel-time, #load .panel-time').allInnerTexts();
    expect(times[0]).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(times[1]).toBe(times[0]);
    await page.mouse.move(2, 2);
    await page.locator('#load .plot-cursor[hidden]').waitFor({ state: 'attached' });
    await dragOver(page, 'cpu', 0.5, 0.75, () => page.keyboard.press('Escape'));
    await page.locator('#cpu .plot-selection').waitFor({ state: 'hidden' });
    expect(stretchIn(page)).toBeUndefined();
    await dragOver(page, 'cpu', 0.5, 0.75);
    await page.locator('.stretch').waitFor();
    const { from, to } = stretchIn(page)!;
    expect((to - from) / 1_000).toBeCloseTo(75, -1);
    expect(new URL(page.url()).searchParams.get('range')).toBe('5m');
    await page.locator('#cpu .plot-over').dblclick();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect(stretchIn(page)).toBeUndefined();
    expect(histories(requests)).toHaveLength(1);
  });

  it('ask once for a stretch that is wanted more finely than it is there', async () => {
    const hostcast = await start(['web-1'], 900);
    const { page, requests } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=1h`);
    await page.locator('#cpu canvas').waitFor();
    const finer = page.waitForResponse((answer) => answer.url().includes('/history?'));
    await dragOver(page, 'cpu', 0.9, 0.95);
    const body: { bucketMs: number } = await (await finer).json();
    expect(body.bucketMs).toBe(secondMs);
    const asked = histories(requests);
    const { from, to } = stretchIn(page)!;
    expect(asked).toHaveLength(2);
    expect([asked[1]?.get('from'), asked[1]?.get('to')]).toEqual([String(from), String(to)]);
  });

  it('stand still while paused, count what comes, and go on with all of it without a request', async () => {
    const hostcast = await start(['web-1'], 60);
    const { page, requests } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`);
    await page.locator('#cpu canvas').waitFor();
    // The facts are of the newest snapshot: one that came only after the pause would be counted too.
    await page.locator('.host-header .facts', { hasText: /./ }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const back = page.getByRole('button', { name: /Back to live/ });
    await back.waitFor();
    const label = await page.locator('#cpu [role=img]').getAttribute('aria-label');
    const nowMs = Math.floor(Date.now() / secondMs) * secondMs;
    await sendAsTelegraf(hostcast.url, telegrafLines('web-1', nowMs, 61, 15));
    await page.getByRole('button', { name: 'Back to live (+1)' }).waitFor();
    await page.locator('.chip', { hasText: /‖ paused\+1 · live/ }).waitFor();
    expect(await page.locator('#cpu [role=img]').getAttribute('aria-label')).toBe(label);
    await back.click();
    await page.locator('.chip-live').waitFor();
    await page.locator('#cpu [role=img][aria-label*="system 65.0"]').waitFor();
    expect(histories(requests)).toHaveLength(1);
  });

  it('show a stretch that stands in the address, and one that is chosen by its times', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const nowMs = await sendPast(hostcast.url, ['web-1'], 3);
    const pastMs = nowMs - 40 * 60_000;
    const past = [0, 1, 2].map((n) => telegrafLines('web-1', pastMs + n * secondMs, n, 5)).join('');
    expect(await sendAsTelegraf(hostcast.url, past)).toBe(204);
    const { page, requests } = await openPage(
      await launchChromium(),
      `${hostcast.url}/hosts/web-1?from=${pastMs - 10_000}&to=${pastMs + 10_000}&tz=UTC`,
    );
    await page.locator('#cpu [role=img][aria-label*="system 75.0"]').waitFor();
    await page.getByRole('button', { name: 'From – to' }).click();
    const from = page.getByLabel('From', { exact: true });
    expect(await from.inputValue()).toBe(new Date(pastMs - 10_000).toISOString().slice(0, 19));
    await page.getByLabel('To', { exact: true }).fill('2001-01-01T00:00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('The end has to be later than the beginning.').waitFor();
    await from.fill('2001-01-01T00:00:00');
    await page.getByLabel('To', { exact: true }).fill('2001-01-01T01:00:00');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.waitForURL(/from=978307200000&to=978310800000/);
    expect(new URL(page.url()).searchParams.get('tz')).toBe('UTC');
    await page.locator('.custom-range').waitFor({ state: 'detached' });
    await page.getByText('Nothing of this host is known from this time.').waitFor();
    expect(histories(requests).at(-1)?.get('to')).toBe('978310800000');
  });

  it('are led by the keyboard: space, Escape, digits, and the arrows to the next host over the same time', async () => {
    const hostcast = await start(['db-1', 'web-1'], 60);
    const { page, faults } = await openPage(await launchChromium(), `${hostcast.url}/hosts/db-1?range=15m`);
    await page.locator('#cpu canvas').waitFor();
    await page.locator('.neighbours a').waitFor();
    await page.keyboard.press('1');
    await page.waitForURL(/range=5m/);
    await page.keyboard.press('Space');
    await page.locator('.stretch').waitFor();
    const stretch = stretchIn(page);
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'web-1' }).waitFor();
    expect(stretchIn(page)).toEqual(stretch);
    await page.locator('#cpu canvas').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect(page.url()).toBe(`${hostcast.url}/hosts/web-1?range=5m`);
    expect(faults).toEqual([]);
  });

  it('are read by the keyboard where one has the focus, also between two hosts', async () => {
    const hostcast = await start(['db-1', 'web-1'], 60);
    const { page, faults } = await openPage(
      await launchChromium(),
      `${hostcast.url}/hosts/db-1?range=5m&tz=UTC`,
    );
    await page.locator('#load canvas').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.locator('.stretch').waitFor();
    const timeOf = async (panel: string): Promise<number> =>
      Date.parse(`1970-01-01T${await page.locator(`#${panel} .panel-time`).innerText()}Z`);
    await page.locator('#cpu .plot').focus();
    await page.keyboard.press('ArrowLeft');
    const newest = await timeOf('load');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Shift+ArrowLeft');
    expect(await timeOf('load')).toBe(newest - 11_000);
    expect(await page.locator('#cpu [aria-live]').innerText()).toMatch(/^\d\d:\d\d:\d\d: user /);
    expect(await axeFaults(page)).toEqual([]);
    const before = stretchIn(page)!;
    await page.keyboard.press('+');
    await page.waitForURL((url) => url.searchParams.get('from') !== String(before.from));
    const after = stretchIn(page)!;
    expect(after.to - after.from).toBeCloseTo((before.to - before.from) / 2, -2);
    expect(await timeOf('cpu')).toBe(newest - 11_000);
    await page.keyboard.press('Escape');
    await page.locator('#load .plot-cursor[hidden]').waitFor({ state: 'attached' });
    expect(stretchIn(page)).toEqual(after);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/hosts/db-1');
    expect(faults).toEqual([]);
  });

  it('name the line nearest to the pointer where there are many', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const nowMs = Math.floor(Date.now() / secondMs) * secondMs;
    const cores = (timeMs: number): string =>
      Array.from(
        { length: 10 },
        (_, n) => `cpu,host=web-1,cpu=cpu${n} usage_idle=${100 - n * 10} ${timeMs}000000\n`,
      ).join('');
    const lines = Array.from({ length: 20 }, (_, n) => cores(nowMs - n * secondMs)).join('');
    expect(await sendAsTelegraf(hostcast.url, lines)).toBe(204);
    const { page, faults } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`);
    await page.locator('#cpu-cores canvas').waitFor();
    const near = page.locator('#cpu-cores .plot-near');
    const { x, y, width, height } = (await page.locator('#cpu-cores .plot-over').boundingBox())!;
    await page.mouse.move(x + width * 0.97, y + height * 0.68);
    await near.filter({ hasText: /^cpu3 30\.0\s%$/ }).waitFor();
    await page.mouse.move(x + width * 0.97, y + height * 0.41);
    await near.filter({ hasText: /^cpu6 60\.0\s%$/ }).waitFor();
    await page.mouse.move(2, 2);
    await near.waitFor({ state: 'hidden' });
    expect(faults).toEqual([]);
  });

  it('are told as tables, saved as CSV and JSON, and make room for the snapshot as it came', async () => {
    const hostcast = await start(['web-1.icn'], 30);
    const { page, faults } = await openPage(
      await launchChromium(),
      `${hostcast.url}/hosts/web-1.icn?range=5m`,
    );
    await page.locator('#load canvas').waitFor();
    await page.getByRole('button', { name: 'As a table: Load' }).click();
    const rows = page.locator('#load tbody tr');
    await rows.first().waitFor();
    expect(await page.locator('#load thead th').allInnerTexts()).toEqual([
      'Time',
      '1 min',
      '5 min',
      '15 min',
      'cores',
    ]);
    expect(await rows.first().locator('td').allInnerTexts()).toEqual(['0.42', '0.30', '0.20', '4']);
    expect(await page.locator('#load canvas').isVisible()).toBe(false);
    const saved = async (format: string): Promise<{ name: string; text: string }> => {
      await page.getByRole('button', { name: 'Save' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: format }).click();
      const file = await download;
      return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
    };
    const csv = await saved('CSV');
    expect(csv.name).toMatch(/^hostcast-web-1\.icn-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.csv$/);
    expect(csv.text.split('\r\n')[0]).toContain('system.load1');
    const json: { panels: { mem: { used: number[] } } } = JSON.parse((await saved('JSON')).text);
    expect(new Set(json.panels.mem.used)).toEqual(new Set([4_294_967_296]));
    await page.getByRole('link', { name: 'Raw' }).click();
    const code = page.locator('.code-text');
    await code.first().waitFor();
    expect(JSON.parse(await code.first().innerText())).toMatchObject({
      host: 'web-1.icn',
      intervalMs: 1_000,
    });
    expect(await code.nth(1).innerText()).toContain("client.subscribe('/topic/hosts.web-1%2Eicn'");
    expect(await page.locator('canvas').count()).toBe(0);
    expect(await page.getByRole('link', { name: '1 h', exact: true }).count()).toBe(0);
    await page.getByRole('link', { name: 'Charts' }).click();
    await page.locator('#cpu canvas').waitFor();
    expect(faults).toEqual([]);
  });

  it('are all there on paper, in light colours', async () => {
    const hostcast = await start(['web-1'], 30);
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`, {
      viewport: { width: 1440, height: 600 },
      colorScheme: 'dark',
    });
    await page.locator('#cpu canvas').waitFor();
    expect(await page.locator('#kernel canvas').count()).toBe(0);
    await page.evaluate(`addEventListener('beforeprint', () => {
      window.printed = document.documentElement.dataset.theme;
    })`);
    await page.pdf();
    expect(await page.evaluate('window.printed')).toBe('light');
    expect(await page.locator('.panel canvas').count()).toBe(await page.locator('.panel').count());
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });

  it('get what a host measured while it was silent and sent late, without a reload', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const silentMs = Math.floor(Date.now() / secondMs) * secondMs - 60_000;
    const linesAt = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, n) =>
        telegrafLines('web-1', silentMs + (from + n) * secondMs, from + n),
      ).join('');
    await sendAsTelegraf(hostcast.url, linesAt(-30, 0));
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`);
    await page.locator('.row-stale #cpu canvas, .row-delayed #cpu canvas, .row-gone #cpu canvas').waitFor();
    const again = page.waitForResponse((answer) => answer.url().includes('/history?'));
    await sendAsTelegraf(hostcast.url, linesAt(55, 60) + linesAt(0, 55));
    const body: { times: number[]; panels: { system: { load1: (number | null)[] } } } = await (
      await again
    ).json();
    const filled = body.times.filter((_, at) => body.panels.system.load1[at] !== null);
    expect(filled.filter((time) => time >= silentMs && time < silentMs + 60_000)).toHaveLength(60);
  });

  it('of a host that is gone say since when, and lead to what it said last', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const goneMs = Math.floor(Date.now() / secondMs) * secondMs - 20 * 60_000;
    const lines = Array.from({ length: 30 }, (_, n) => telegrafLines('web-1', goneMs - n * secondMs, n));
    await sendAsTelegraf(hostcast.url, lines.join(''));
    const { page, faults } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1`);
    await page.getByText(/^No data since .* \(20\smin\)\./).waitFor();
    await page.getByRole('link', { name: 'Show the last data' }).click();
    await page.locator('#cpu .legend-value', { hasText: '%' }).first().waitFor();
    expect(new URL(page.url()).searchParams.get('to')).toBe(String(goneMs));
    expect(faults).toEqual([]);
  });
});
