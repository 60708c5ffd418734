import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { runExample } from './support/example.ts';
import { cleanUp } from './support/network.ts';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const why = existsSync(executablePath) ? '' : ` (skipped: there is no ${executablePath})`;

describe.skipIf(why !== '')(`chat.html in Chromium${why}`, () => {
  async function enter(browser: Browser, url: string, name: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`${url}/#${name}`);
    return page;
  }

  async function say(page: Page, text: string): Promise<void> {
    await page.getByPlaceholder('Say something').fill(text);
    await page.keyboard.press('Enter');
  }

  test('two pages talk, and what they say is text', async () => {
    const { url } = await runExample('chat.mjs');
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    cleanUp(() => browser.close());
    const kim = await enter(browser, url, 'kim');
    await kim.waitForFunction('client.connected');
    await say(kim, 'anybody?');
    await kim.getByText('kim: anybody?').waitFor();
    const lee = await enter(browser, url, 'lee');
    await lee.waitForFunction('client.connected');
    await say(lee, '<b>안녕</b>');
    await kim.getByText('lee: <b>안녕</b>').waitFor();
    await lee.getByText('lee: <b>안녕</b>').waitFor();
    expect(await kim.locator('li').allInnerTexts()).toEqual(['kim: anybody?', 'lee: <b>안녕</b>']);
  });
});
