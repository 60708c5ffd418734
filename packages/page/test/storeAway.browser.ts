import { hostname } from 'node:os';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium } from '../../hostcast/test/support/chromium.ts';
import { HostcastProcess } from '../../hostcast/test/support/hostcastProcess.ts';
import { sendAsTelegraf, telegrafLines } from '../../hostcast/test/support/telegraf.ts';

const reason = 'InfluxDB at http://127.0.0.1:48086 did not answer within 5 s';

/** A page to which the server says, in each snapshot and in place of history, that its store is away. */
async function openAway(url: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await launchChromium()).newPage(options);
  await page.routeWebSocket(/\/ws$/, (socket) => {
    socket.connectToServer().onMessage((message) => {
      const frame = String(message).replace(/\ncontent-length:\d+/, '');
      socket.send(frame.replace('"source":"live"', `"source":"${reason}"`));
    });
  });
  await page.route(/\/history\?/, (route) => route.fulfill({ status: 503, json: { error: reason } }));
  await page.goto(url);
  return page;
}

async function startWithSilentHost(): Promise<HostcastProcess> {
  const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
  await sendAsTelegraf(hostcast.url, telegrafLines('web-1', Date.now() - 120_000, 1, 75));
  return hostcast;
}

const desk = { viewport: { width: 1440, height: 900 } };
const phone = { viewport: { width: 390, height: 844 } };

describe.skipIf(chromiumMissing)('while the store does not answer', () => {
  it.each([
    ['a desk', desk],
    ['a phone', phone],
  ])('no host reads as failed, and the reason stands in full on %s', async (_, options) => {
    const hostcast = await startWithSilentHost();
    const page = await openAway(hostcast.url, options);
    await page.locator('.host-link').waitFor();
    expect(await page.locator('.totals').innerText()).toMatch(`states not known now: ${reason}`);
    expect(await page.locator('.state-stale, .state-gone').count()).toBe(0);
    const word = page.locator('.chip-word');
    expect(await word.innerText()).toBe(`▲ ${reason}`);
    expect(await word.evaluate((shown) => shown.scrollWidth - shown.clientWidth)).toBeLessThanOrEqual(0);
  });

  it('keeps the state of a host that writes through hostcast', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    await sendAsTelegraf(hostcast.url, telegrafLines('web-1', Date.now() - 120_000, 1, 75));
    const page = await openAway(hostcast.url, desk);
    await page.locator('.totals .state-live', { hasText: '1 live' }).waitFor();
    await page.getByText(`1 not known now: ${reason}`).waitFor();
    expect(await page.locator('.row-live .host-link').allInnerTexts()).toEqual([hostname()]);
    expect(await page.locator('.row-unknown .host-link').allInnerTexts()).toEqual(['web-1']);
  });

  it('history says why it is missing, and nothing of live data', async () => {
    const hostcast = await startWithSilentHost();
    const page = await openAway(`${hostcast.url}/hosts/web-1`, desk);
    const words = page.getByText('History could not be fetched');
    await words.waitFor();
    await page.locator('.chip-late').waitFor();
    expect(await words.innerText()).toBe(
      `History could not be fetched: ${reason}. Trying again every few seconds.`,
    );
  });

  it('an empty fleet is not taken for one to which no host has been added', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const page = await openAway(hostcast.url, desk);
    await page.getByText(`Which hosts report is not known now: ${reason}`).waitFor();
  });
});
