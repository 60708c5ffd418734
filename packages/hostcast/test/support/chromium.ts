import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** Where Chromium is; undefined where there is none. */
export const chromiumPath =
  process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

/** Why tests that need a browser cannot run here, or undefined where they can. */
export const chromiumMissing: string | undefined = chromiumPath
  ? undefined
  : 'chromium is not installed (apt-get install chromium; or name one in CHROMIUM)';

/** With which it reaches nothing but what it is sent to. */
export const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a real Chromium that reaches nothing but what it is sent to; ends with the test. */
export async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath!, args: chromiumArguments });
  onTestFinished(() => browser.close());
  return browser;
}

/** A page whose errors fail the test: exceptions, console errors, failed or foreign requests. */
export async function openPage(
  browser: Pick<Browser, 'newPage'>,
  url: string,
  options: BrowserContextOptions = { viewport: { width: 1440, height: 900 } },
): Promise<{ page: Page; faults: string[]; requests: string[] }> {
  const page = await browser.newPage(options);
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    requests.push(request.url());
    if (!request.url().startsWith(new URL(url).origin)) faults.push(`foreign request ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(url);
  return { page, faults, requests };
}

/**
 * The addresses that a page asks for until the first chart of its host stands, from now on. How long that took stands
 * in its `window.firstChartMs`.
 */
export async function requestsToFirstChart(page: Page, url: string): Promise<string[]> {
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  let tell: (requests: string[]) => void = () => {};
  const untilFirstChart = new Promise<string[]>((resolve) => {
    tell = resolve;
  });
  // Seen from within the page, because it goes on asking, for finer history, within milliseconds.
  await page.exposeFunction('firstChartStands', () => tell([...requests]));
  await page.addInitScript(`new MutationObserver((_, observer) => {
    if (document.querySelector('#cpu canvas') === null) return;
    observer.disconnect();
    window.firstChartMs = performance.now();
    firstChartStands();
  }).observe(document, { childList: true, subtree: true })`);
  await page.goto(url);
  return untilFirstChart;
}
