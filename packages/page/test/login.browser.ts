import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  chromiumMissing,
  launchChromium,
  openPage,
  requestsToFirstChart,
} from '../../hostcast/test/support/chromium.ts';
import { HostcastProcess, makeFolder } from '../../hostcast/test/support/hostcastProcess.ts';

const program = fileURLToPath(new URL('../../hostcast/dist/main.js', import.meta.url));
const password = 'correct horse battery';
const here = hostname();

/** Runs the command line, as an admin does beside a hostcast that runs. */
async function cli(args: readonly string[], input = ''): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text));
  child.stdin.end(input);
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, errors).toBe(0);
}

/** A hostcast that watches this machine, with kim, an admin, ann, an operator, and lee, who sees no host there is. */
async function startWithUsers(args: readonly string[] = []): Promise<HostcastProcess> {
  const data = makeFolder();
  await cli(['user', 'add', 'kim', '--role', 'admin', '--data', data], password);
  await cli(['user', 'add', 'ann', '--role', 'operator', '--data', data], password);
  await cli(['user', 'add', 'lee', '--hosts', 'no-such-*', '--data', data], password);
  return HostcastProcess.start(['--interval', '1s', '--auth', 'users', ...args], { data });
}

async function fillIn(page: Page, name: string, secret = password): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(secret);
  await page.keyboard.press('Enter');
}

/** Opens an address, signs in, and waits until the page stands. */
async function openAs(url: string, name: string) {
  const browser = await launchChromium();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const opened = await openPage(context, url);
  await fillIn(opened.page, name);
  await opened.page.getByRole('button', { name: `Account of ${name}` }).waitFor();
  return opened;
}

/** Another tab of the same browser, which has the login already. */
async function openTab(page: Page, url: string): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(url);
  await tab.getByRole('button', { name: 'Account of kim' }).waitFor();
  return tab;
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account of kim' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
}

/** What an element and all that are named in its aria-describedby say. */
function described(page: Page, label: string): Promise<string> {
  return page.getByLabel(label).evaluate((field) =>
    (field.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent ?? `no ${id}`)
      .join(''),
  );
}

describe.skipIf(chromiumMissing)('the login', () => {
  it('lets nobody in by a wrong password, and by the right one to the address that was wanted', async () => {
    const hostcast = await startWithUsers();
    const wanted = `${hostcast.url}/hosts/${here}?range=5m`;
    const { page, faults, requests } = await openPage(await launchChromium(), 'about:blank');
    await page.addInitScript(`(window.violations = [], addEventListener('securitypolicyviolation',
      ({ effectiveDirective }) => violations.push(effectiveDirective)))`);
    await page.goto(wanted);
    await fillIn(page, 'kim', 'wrong horse battery');
    await page.getByRole('alert').getByText('Wrong name or password.').waitFor();
    expect(await described(page, 'Password')).toBe('Wrong name or password.');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    expect(hostcast.log('connect')).toEqual([]);

    await page.keyboard.type(password); // over what was wrong
    await page.keyboard.press('Enter');
    await page.locator('#cpu canvas').waitFor();
    expect(page.url()).toBe(wanted);
    await page.reload();
    await page.locator('#cpu canvas').waitFor();
    expect(await page.getByLabel('Password').count()).toBe(0);
    const origin = new URL(hostcast.url).origin;
    expect(requests.filter((url) => !url.startsWith(origin) && url !== 'about:blank')).toEqual([]);
    expect(await page.evaluate('violations')).toEqual([]);
    expect(await page.evaluate('document.cookie')).toBe('');
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).toBe('{}');
    expect(faults.filter((fault) => !fault.includes('401') && !fault.includes('foreign'))).toEqual([]);
  });

  it('has its first chart with at most six requests where one is signed in already', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openAs(hostcast.url, 'kim');
    const tab = await page.context().newPage();
    const requests = await requestsToFirstChart(tab, `${hostcast.url}/hosts/${here}`);
    expect(requests.length, requests.join('\n')).toBeLessThanOrEqual(6);
    expect(requests.filter((url) => url.endsWith('/api/me'))).toHaveLength(1);
  });

  it('shows nothing of the page before it is known who looks', async () => {
    const hostcast = await startWithUsers();
    const page = await (await launchChromium()).newPage();
    await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const text = document.querySelector('#page')?.textContent ?? '';
        if (text !== seen.at(-1)) seen.push(text);
      }).observe(document, { childList: true, subtree: true, characterData: true });
    });
    await page.goto(hostcast.url);
    await page.getByLabel('Password').waitFor();
    const seen = await page.evaluate<string[]>('window.seen');
    expect(seen.filter((text) => /Fleet|Add|host has|live|offline|disconnected/.test(text))).toEqual([]);
    expect(hostcast.log('connect')).toEqual([]);
    expect(hostcast.log('refused')).toEqual([]);
  });

  it('is refreshed in place by one of the tabs, and the sessions live on past their expiry', async () => {
    const hostcast = await startWithUsers(['--login-token-lifetime', '10s']);
    const { page, faults } = await openAs(`${hostcast.url}/hosts/${here}`, 'kim');
    const tab = await openTab(page, hostcast.url);
    const refreshes: number[] = [];
    const isEnough = new Promise<void>((resolve) => {
      page.context().on('response', (response) => {
        if (response.url().endsWith('/api/refresh')) refreshes.push(response.status());
        if (refreshes.length === 2) resolve();
      });
    });
    await isEnough;
    const legend = await page.locator('#cpu .legend').innerText();
    await page.waitForFunction(
      (before) => document.querySelector<HTMLElement>('#cpu .legend')?.innerText !== before,
      legend,
    );
    await tab.locator('.chip-live').waitFor();
    expect(refreshes).toEqual([200, 200]);
    expect(hostcast.log('connect')).toHaveLength(2);
    expect(hostcast.log('disconnect')).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('ends in every tab when one signs out, and comes back in every tab', async () => {
    const hostcast = await startWithUsers();
    const { page, faults } = await openAs(hostcast.url, 'kim');
    const tab = await openTab(page, `${hostcast.url}/hosts/${here}`);
    await tab.locator('#cpu canvas').waitFor();
    await signOut(page);
    await page.getByText('You have signed out.').waitFor();
    await tab.getByText('You have signed out.').waitFor();
    await hostcast.untilLogged('disconnect', 2);
    expect(await page.getByLabel('Name').inputValue()).toBe('');
    expect(await page.locator('.host-link').count()).toBe(0);
    await fillIn(page, 'kim');
    await page.locator('.host-link').waitFor();
    await tab.locator('#cpu canvas').waitFor();
    expect(hostcast.log('connect')).toHaveLength(4);
    expect(hostcast.log('refused')).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('is asked for at once, and not in a loop, when the user is removed', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openAs(hostcast.url, 'ann');
    await page.locator('.host-link').waitFor();
    await cli(['user', 'remove', 'ann', '--data', hostcast.data]);
    await page.getByText('You are not signed in any more: your account was removed.').waitFor();
    expect(await page.getByLabel('Name').inputValue()).toBe('ann');
    await fillIn(page, 'ann');
    await page.getByText('Wrong name or password.').waitFor();
    expect(hostcast.log('connect')).toHaveLength(1);
    expect(hostcast.log('refused')).toEqual([]);
  });

  it('is asked for with the reason when the password is changed, and taken with the new one', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openAs(`${hostcast.url}/hosts/${here}`, 'ann');
    await page.locator('#cpu canvas').waitFor();
    await cli(['user', 'passwd', 'ann', '--data', hostcast.data], 'battery staple');
    await page.getByText('You are not signed in any more: your password was changed.').waitFor();
    await fillIn(page, 'ann', 'battery staple');
    await page.locator('#cpu canvas').waitFor();
  });

  it('shows the role that somebody has got meanwhile', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openAs(hostcast.url, 'ann');
    await cli(['user', 'role', 'ann', 'viewer', '--data', hostcast.data]);
    await hostcast.untilLogged('user changed');
    await page.getByRole('button', { name: 'Account of ann' }).click();
    await page.locator('.user-panel').getByText('Viewer').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('.user-panel').isVisible()).toBe(false);
    await page.locator('.host-link').waitFor();
    expect(await page.getByText('Add a host').count()).toBe(0);
  });

  it('tells who may see no host so, explains a refused address, and goes on from there', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openAs(hostcast.url, 'lee');
    await page.getByText('No host that you may see has reported yet').waitFor();
    expect(await page.locator('.snippet').count()).toBe(0);
    await page.getByRole('button', { name: 'Account of lee' }).click();
    expect(await page.locator('.user-panel').innerText()).toMatch(/^lee\s+Viewer · some hosts\s+Sign out/);
    await page.goto(`${hostcast.url}/hosts/${here}`);
    await page.getByRole('heading', { name: 'You may not see this.' }).waitFor();
    await page.getByRole('link', { name: 'Back to the fleet' }).click();
    await page.getByText('No host that you may see has reported yet').waitFor();
    await page.locator('.chip-is-empty').waitFor();
  });

  it('keeps its connection where it opens a host that one may not see', async () => {
    const hostcast = await startWithUsers();
    const { page, requests } = await openAs(`${hostcast.url}/hosts/${here}`, 'lee');
    await page.getByRole('heading', { name: 'You may not see this.' }).waitFor();
    await page.locator('.chip-is-empty').waitFor();
    await page.getByRole('link', { name: 'Back to the fleet' }).click();
    await page.waitForURL(`${hostcast.url}/`);
    await page.locator('.chip-is-empty').waitFor();
    expect(requests.filter((url) => url.includes(`${here}/history?`))).toHaveLength(1);
    expect(hostcast.log('connect')).toHaveLength(1);
    expect(hostcast.log('disconnect')).toEqual([]);
  });

  it('does not come back by itself to a host that one may not see any more', async () => {
    const hostcast = await startWithUsers();
    const browser = await launchChromium();
    const { page } = await openPage(browser, 'about:blank');
    await page.clock.install();
    await page.goto(`${hostcast.url}/hosts/${here}`);
    await fillIn(page, 'ann');
    await page.locator('#cpu canvas').waitFor();
    await cli(['user', 'role', 'ann', 'viewer', '--hosts', 'no-such-*', '--data', hostcast.data]);
    await page.getByRole('heading', { name: 'You may not see this.' }).waitFor();
    await page.clock.fastForward('10:00');
    await page.locator('.chip', { hasText: 'disconnected' }).waitFor();
    expect(hostcast.log('connect')).toHaveLength(1);
    expect(hostcast.log('refused')).toEqual([]);
  });

  it('stays away after a kick until told to reconnect, and says so', async () => {
    const hostcast = await startWithUsers();
    const { page, faults } = await openAs(hostcast.url, 'kim');
    await page.locator('.host-link').waitFor();
    const session = String(hostcast.log('connect')[0]!.session);
    const kick = (id: string): Promise<unknown> => fetch(`/api/sessions/${id}/kick`, { method: 'POST' });
    await page.evaluate(kick, session);
    const alert = page.getByRole('alert').getByText('You were disconnected: closed by an operator.');
    await alert.waitFor();
    await page.locator('.chip', { hasText: 'disconnected' }).waitFor();
    expect(await page.locator('.host-link').innerText()).toBe(here);
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await page.locator('.chip-live').waitFor();
    expect(await alert.count()).toBe(0);
    expect(hostcast.log('connect')).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  it('is refreshed after the machine has slept through most of its time', async () => {
    const hostcast = await startWithUsers();
    const browser = await launchChromium();
    const { page, faults } = await openPage(browser, 'about:blank');
    await page.clock.install();
    await page.goto(hostcast.url);
    await fillIn(page, 'kim');
    await page.locator('.host-link').waitFor();
    const refresh = page.waitForResponse(/\/api\/refresh$/);
    await page.clock.fastForward('50:00');
    expect((await refresh).status()).toBe(200);
    expect(faults.filter((fault) => !fault.startsWith('foreign request'))).toEqual([]);
  });

  it('says for how long to wait after too many attempts, and takes none before', async () => {
    const hostcast = await startWithUsers(['--limits-logins-per-minute', '1']);
    const { page } = await openPage(await launchChromium(), hostcast.url);
    await fillIn(page, 'kim', 'wrong horse battery');
    await page.getByText('Wrong name or password.').waitFor();
    await fillIn(page, 'kim');
    await page.getByRole('alert').getByText('Too many attempts').waitFor();
    const button = page.getByRole('button', { name: /^Wait \d+ s$/ });
    expect(await button.isDisabled()).toBe(true);
    const first = await button.innerText();
    await page.waitForFunction(
      (before) => document.querySelector<HTMLElement>('.main-button')?.innerText !== before,
      first,
    );
    expect(await button.count()).toBe(1);
  });

  it('says that the server cannot be reached, and that Caps Lock is on', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openPage(await launchChromium(), hostcast.url);
    await page.getByLabel('Password').dispatchEvent('keydown', { key: 'A', modifierCapsLock: true });
    await page.getByText('Caps Lock is on').waitFor();
    await hostcast.stop();
    await fillIn(page, 'kim');
    await page.getByRole('alert').getByText('hostcast cannot be reached').waitFor();
    expect(await page.getByRole('button', { name: 'Sign in' }).isEnabled()).toBe(true);
  });

  it('fits a phone, and has what password managers and screen readers look for', async () => {
    const hostcast = await startWithUsers();
    const { page } = await openPage(await launchChromium(), hostcast.url, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await page.evaluate('document.activeElement.id')).toBe('username');
    expect(await page.title()).toBe('Sign in · hostcast');
    const attributes = await page
      .locator('form input')
      .evaluateAll((inputs) => inputs.map((input) => `${input.id} ${input.getAttribute('autocomplete')}`));
    expect(attributes).toEqual(['username username', 'password current-password']);
    await fillIn(page, 'kim');
    await page.getByRole('button', { name: 'Account of kim' }).click();
    expect(await page.locator('.user-panel').isVisible()).toBe(true);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.getByRole('button', { name: 'Account of kim' }).click();
    const options = page.getByRole('button', { name: 'Options' });
    if (await options.isVisible()) await options.click();
    await page.getByRole('button', { name: 'Add a host' }).click();
    await page.getByRole('button', { name: 'Make a token' }).waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });
});
