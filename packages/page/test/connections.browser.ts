import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium, openPage } from '../../hostcast/test/support/chromium.ts';
import { HostcastProcess, makeFolder } from '../../hostcast/test/support/hostcastProcess.ts';
import { StompClient } from '../../hostcast/test/support/stompClient.ts';
import { axeFaults } from './support/axe.ts';

const program = fileURLToPath(new URL('../../hostcast/dist/main.js', import.meta.url));
const password = 'correct horse battery';

/** A hostcast with ann, an operator, and lee, a viewer. */
async function startWithUsers(): Promise<HostcastProcess> {
  const data = makeFolder();
  for (const [name, role] of [
    ['ann', 'operator'],
    ['lee', 'viewer'],
  ]) {
    const args = [program, 'user', 'add', name!, '--role', role!, '--data', data];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    child.stdin.end(password);
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  }
  return HostcastProcess.start(['--interval', '1s', '--auth', 'users'], { data });
}

async function connectAs(hostcast: HostcastProcess, name: string): Promise<StompClient> {
  const answer = await fetch(`${hostcast.url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  const { token } = (await answer.json()) as { token: string };
  return StompClient.connect(hostcast.url, { headers: { Authorization: `Bearer ${token}` } });
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

function rowOf(page: Page, name: string | RegExp) {
  return page.locator('.conn-table tbody tr').filter({ hasText: name });
}

describe.skipIf(chromiumMissing)('the connections', () => {
  it('show an operator who is there, push who comes, and kick', async () => {
    const hostcast = await startWithUsers();
    const { page, faults, requests } = await openPage(await launchChromium(), hostcast.url);
    await signIn(page, 'ann');
    await page.getByRole('link', { name: 'Connections' }).click();
    await rowOf(page, 'this page').waitFor();
    expect(await page.title()).toMatch(/^(\(\d\) )?Connections · hostcast$/); // a busy machine is critical
    const asked = requests.length;
    const lee = await connectAs(hostcast, 'lee');
    await lee.subscribe('/topic/hosts').next();
    await rowOf(page, 'lee').waitFor();
    await page.getByRole('button', { name: '1 subscription of lee' }).click();
    await page.locator('.conn-below').getByText('/topic/hosts', { exact: true }).waitFor();
    expect(await rowOf(page, 'lee').innerText()).toMatch(/127\.0\.0\.1\s+1\.2 WebSocket.*10\ss \/ 10\ss/s);
    expect(await rowOf(page, 'this page').getByRole('button', { name: /Kick/ }).count()).toBe(0);
    expect(requests.slice(asked)).toEqual([]);

    const closed = new Promise<number>((resolve) => lee.socket.once('close', resolve));
    await page.getByRole('button', { name: 'Kick lee' }).click();
    await page.getByRole('dialog').getByText('Kick lee?').waitFor();
    expect(await axeFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await axeFaults(page)).toEqual([]);
    expect(lee.client.connected).toBe(true);
    await page.getByRole('button', { name: 'Kick lee' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Kick', exact: true }).click();
    expect(await closed).toBe(4409);
    await rowOf(page, 'lee').waitFor({ state: 'detached' });
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByRole('link', { name: 'Log' }).click();
    await rowOf(page, /disconnected.*lee.*kicked by ann/s).waitFor();
    expect(faults).toEqual([]);
  });

  it('tell in the log who was turned away, what was looked at, and what it costs', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    const client = await StompClient.connect(hostcast.url);
    await client.subscribe(`/topic/hosts.${hostname().replaceAll('.', '%2E')}`).next();
    const { page, faults, requests } = await openPage(
      await launchChromium(),
      `${hostcast.url}/connections?tab=log`,
    );
    await rowOf(page, 'connected').first().waitFor();
    const asked = requests.length;
    for (let i = 0; i < 2; i += 1) {
      const evil = { headers: { origin: 'https://evil.example' } };
      await expect(StompClient.connect(hostcast.url, { socket: evil })).rejects.toThrow('403');
    }
    await rowOf(page, /turned away.*HTTP 403.*2 times/s).waitFor();
    await client.client.deactivate();
    await rowOf(page, /disconnected.*said goodbye/s).waitFor();
    await page.getByLabel('Show').selectOption('wrong');
    await rowOf(page, 'said goodbye').waitFor({ state: 'detached' });
    expect(page.url()).toContain('show=wrong');
    expect(await page.locator('.conn-table tbody tr').count()).toBe(1);

    await page.getByRole('link', { name: /Destinations/ }).click();
    await rowOf(page, '/topic/sessions').waitFor();
    const fleet = page.getByRole('row').filter({ has: page.getByText('/topic/hosts', { exact: true }) });
    expect(await fleet.innerText()).toMatch(/\/topic\/hosts\s+1\s+1\ss/);
    await page
      .getByText(/One round of queries every 1\ss for all of these.*the last took .*95\s% at most/)
      .waitFor();
    const cost = /^1 viewer · [\d.]+ queries\/s · [\d.]+ messages\/s · .*B\/s · .*% of a core · .*MiB$/;
    expect(await page.locator('.conn-cost').innerText()).toMatch(cost);
    await page.getByRole('link', { name: hostname(), exact: true }).click();
    await page.waitForURL(/\/hosts\//);
    expect(requests.slice(asked).filter((url) => url.includes('/api/sessions'))).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('show who reads too slowly by what was skipped', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    const slow = await StompClient.connect(hostcast.url);
    slow.client.subscribe('/topic/hosts', () => {}, { ack: 'client', 'prefetch-count': '1' });
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/connections?sort=-conflated`);
    const first = page.locator('.conn-table tbody tr:first-child .cell-conflated span[title]:not(.muted)');
    expect(await first.getAttribute('title')).toMatch(/^[1-9]\d* replaced by newer ones/);
    expect(await page.locator('th[aria-sort="descending"]').innerText()).toMatch(/^Skipped/);
  });

  it('are neither offered to a viewer nor cost them their connection, and say why', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/connections`);
    await signIn(page, 'lee');
    await page.getByRole('heading', { name: 'You may not see this.' }).waitFor();
    await page.locator('.chip-live').waitFor();
    expect(await page.getByRole('link', { name: 'Connections' }).count()).toBe(0);
    expect(hostcast.log('disconnect')).toEqual([]);
  });

  it('fit a phone, in Korean, with a way there and back, and say how old they are when hostcast is gone', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s']);
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'ko-KR' };
    const { page } = await openPage(await launchChromium(), hostcast.url, phone);
    await page.getByRole('link', { name: '연결', exact: true }).click();
    await page.locator('.conn-item').getByText('이 페이지').waitFor();
    for (const tab of ['기록', /목적지/, /현재/]) {
      await page.getByRole('link', { name: tab }).click();
      await page.locator('.conn-item').first().waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect(await axeFaults(page)).toEqual([]);
    }
    await hostcast.stop();
    await page.locator('.conn.late').getByText('기준').waitFor();
    await page.getByRole('link', { name: '전체 호스트' }).click();
    await page.locator('.fleet').waitFor();
  });
});
