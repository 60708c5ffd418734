import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumMissing, launchChromium, openPage } from '../../hostcast/test/support/chromium.ts';
import { HostcastProcess } from '../../hostcast/test/support/hostcastProcess.ts';
import { sendAsTelegraf, telegrafLines } from '../../hostcast/test/support/telegraf.ts';

const secondMs = 1_000;

/** Starts hostcast without its collector and sends `seconds` of past, one sample a second, for each host. */
async function startWith(hosts: readonly string[], seconds: number): Promise<HostcastProcess> {
  const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
  const now = Math.floor(Date.now() / secondMs) * secondMs;
  let lines = '';
  for (let ago = seconds - 1; ago >= 0; ago--) {
    for (const [index, host] of hosts.entries()) {
      lines += telegrafLines(host, now - ago * secondMs, seconds - ago, 75 - index * 10);
    }
  }
  expect(await sendAsTelegraf(hostcast.url, lines)).toBe(204);
  return hostcast;
}

function rowNames(page: Page): Promise<string[]> {
  return page.locator('tbody th a').allInnerTexts();
}

function widthOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth');
}

/** The history that is not coarser than the samples, as it was asked for and answered. */
async function fineHistory(page: Page): Promise<{ url: string; body: unknown }> {
  const response = await page.waitForResponse(async (answer) => {
    if (!answer.url().includes('/history?')) return false;
    const body: { bucketMs: number } = await answer.json();
    return body.bucketMs === secondMs;
  });
  return { url: response.url(), body: await response.json() };
}

/** Where the middle of an element's text is, px from the left. */
function middleOfText(element: Element): number {
  const range = document.createRange();
  range.selectNodeContents(element);
  const { left, right } = range.getBoundingClientRect();
  return (left + right) / 2;
}

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

describe.skipIf(chromiumMissing)('the page', () => {
  it('sorts the fleet by any column and filters it', async () => {
    const hostcast = await startWith(['web-2', 'web-10', 'db-1'], 3);
    const { page, faults } = await openPage(await launchChromium(), hostcast.url);
    await page.getByRole('row', { name: /db-1/ }).waitFor();
    expect(await rowNames(page)).toEqual(['db-1', 'web-2', 'web-10']);
    await page.getByRole('button', { name: 'CPU' }).click();
    await page.locator('th[aria-sort=descending]', { hasText: 'CPU' }).waitFor();
    expect(await rowNames(page)).toEqual(['db-1', 'web-10', 'web-2']);
    await page.getByRole('searchbox').fill('WEB');
    await page.getByText('2 of 3 shown').waitFor();
    expect(await rowNames(page)).toEqual(['web-10', 'web-2']);
    await page.getByRole('searchbox').press('Enter');
    await page.getByRole('searchbox').fill('web-10');
    await page.getByText('1 of 3 shown').waitFor();
    await page.getByRole('searchbox').press('Enter');
    await page.getByRole('heading', { name: 'web-10' }).waitFor();
    expect(faults).toEqual([]);
  });

  it('fits a phone, the fleet as cards and a host in one column', async () => {
    const hostcast = await startWith(['a-host-with-quite-a-long-name.rack-17.icn.example.com'], 3);
    const { page, faults } = await openPage(await launchChromium(), hostcast.url, phone);
    await page.locator('.host-card a').waitFor();
    expect(await widthOf(page)).toBe(390);
    await page.locator('.host-card a').click();
    await page.locator('#cpu canvas').waitFor();
    expect(await widthOf(page)).toBe(390);
    expect(faults).toEqual([]);
  });

  it('draws what was before it was opened, over a range that stands in its address', async () => {
    const hostcast = await startWith(['web-1'], 120);
    const { page, faults, requests } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1`);
    await page.locator('#cpu canvas').waitFor();
    await page.getByRole('link', { name: '5 min', exact: true }).click();
    await page.waitForURL(/\?range=5m$/);
    await page.locator('#cpu [role=img][aria-label*="user 20.0"]').waitFor();
    const asked = requests.filter((url) => url.includes('/history?')).map((url) => new URL(url).searchParams);
    const spans = asked.map((query) => Number(query.get('to')) - Number(query.get('from')));
    expect(spans).toEqual([900_000, 300_000]);
    expect(faults).toEqual([]);
  });

  it('shows a young host over five minutes, as finely as it is sampled', async () => {
    const hostcast = await startWith(['web-1'], 120);
    const browser = await launchChromium();
    const { page, requests } = await openPage(browser, hostcast.url);
    await page.locator('.host-link').click();
    const { url, body } = await fineHistory(page);
    const query = new URL(url).searchParams;
    expect(Number(query.get('to')) - Number(query.get('from'))).toBe(300_000);
    expect(body).toMatchObject({ bucketMs: secondMs });
    await page.locator('#cpu [role=img][aria-label*="user 20.0"]').waitFor();
    expect(requests.filter((address) => address.includes('/web-1/history?'))).toHaveLength(2);
  });

  it('lets the age of a live host count between snapshots', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '5s', '--no-collect']);
    await sendAsTelegraf(hostcast.url, telegrafLines('web-1', Date.now(), 1, 75));
    const { page } = await openPage(await launchChromium(), hostcast.url);
    const age = page.locator('.age');
    await age.waitFor();
    const first = Number.parseInt(await age.innerText(), 10);
    await page.locator('.age', { hasText: new RegExp(`^${first + 1}\\u202fs$`) }).waitFor();
    await page.locator('.age', { hasText: new RegExp(`^${first + 2}\\u202fs$`) }).waitFor();
  });

  it('says how to add a host in lines that are whole where there is room, and wrapped where not', async () => {
    const hostcast = await startWith(['web-1'], 3);
    const browser = await launchChromium();
    const wrappedPx = async (page: Page): Promise<number> => {
      await page.getByRole('button', { name: 'Add a host' }).click();
      const snippet = page.locator('.snippet pre');
      expect(await snippet.evaluate((pre) => pre.scrollWidth - pre.clientWidth)).toBe(0);
      return snippet.evaluate((pre) => {
        const { paddingTop, paddingBottom } = getComputedStyle(pre);
        const lines = pre.textContent.trimEnd().split('\n').length;
        return (
          pre.clientHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom) - 18 * lines
        );
      });
    };
    const wide = await openPage(browser, hostcast.url);
    expect(await wrappedPx(wide.page)).toBe(0);
    const narrow = await openPage(browser, hostcast.url, phone);
    await narrow.page.getByRole('button', { name: 'Options' }).click();
    expect(await wrappedPx(narrow.page)).toBeGreaterThan(0);
    expect(await widthOf(narrow.page)).toBe(390);
  });

  it('names the Telegraf input of a panel that has no data', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const time = `${Math.floor(Date.now() / secondMs) * secondMs}000000`;
    await sendAsTelegraf(
      hostcast.url,
      `mem,host=web-1 total=8i,used=4i,used_percent=50 ${time}\nnginx,host=web-1 active=7i ${time}\n`,
    );
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1`);
    await page.locator('#memory canvas').waitFor();
    expect(await page.locator('.missing').innerText()).toContain('[[inputs.net]]');
    expect(await page.locator('[id="x-nginx.active"] h3').innerText()).toContain('active');
  });

  it.each([
    [1440, { viewport: { width: 1440, height: 900 } }],
    [390, phone],
  ])('keeps series with long tags in a window %d px wide, a panel for each field', async (width, options) => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const nowMs = Math.floor(Date.now() / secondMs) * secondMs;
    const linesAt = (n: number) =>
      ['web', 'db', 'cache', 'queue'].map(
        (name) =>
          `docker_container_cpu,host=docker1,container_image=registry.example.com/team/a-long-name,container_name=${name},container_version=1.25,cpu=cpu-total,engine_host=docker1,server_version=24.0 usage_total=${n * 180_000_000}i,usage_percent=25,throttling_periods=0i ${nowMs + n * secondMs}000000\n`,
      );
    await sendAsTelegraf(hostcast.url, [...linesAt(-1), ...linesAt(0)].join(''));
    const { page, faults } = await openPage(await launchChromium(), `${hostcast.url}/hosts/docker1`, options);
    await page.locator('.panel canvas').first().waitFor();
    expect(await widthOf(page)).toBe(width);
    expect(await page.locator('.panels-head').innerText()).toBe('docker_container_cpu\n\nby container_name');
    expect(await page.locator('.panel h3 bdi').allInnerTexts()).toEqual([
      'throttling_periods',
      'usage_percent',
      'usage_total',
    ]);
    const legend = page.locator('.panel').first().locator('.legend li');
    expect(await legend.allInnerTexts()).toEqual([
      'cache\n0\u202f/s',
      'db\n0\u202f/s',
      'queue\n0\u202f/s',
      'web\n0\u202f/s',
    ]);
    expect(await legend.first().getAttribute('title')).toContain('container_name=cache,cpu=cpu-total');
    expect(faults).toEqual([]);
  });

  it('shows what Telegraf plugins measure in their units, counters per second', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const nowMs = Math.floor(Date.now() / secondMs) * secondMs;
    const linesAt = (n: number) =>
      [
        `mem,host=docker1 used_percent=50`,
        `docker_container_cpu,host=docker1,container_name=web,container_status=running,cpu=cpu-total usage_total=${(n + 1) * 180_000_000}i`,
        `docker_container_mem,host=docker1,container_name=web,container_status=running usage=52428800i`,
        `docker_container_net,host=docker1,container_name=web,network=eth0 rx_bytes=${(n + 1) * 2_000_000}i`,
        `nginx,host=docker1,port=80,server=localhost active=7i,requests=${(n + 1) * 120}i`,
        `temp,host=docker1,sensor=coretemp_package temp=48.5`,
        `http_response,host=docker1,server=http://a,method=GET response_time=0.0125`,
      ].map((line) => `${line} ${nowMs + n * secondMs}000000\n`);
    await sendAsTelegraf(hostcast.url, [...linesAt(-1), ...linesAt(0)].join(''));
    const { page, faults } = await openPage(await launchChromium(), `${hostcast.url}/hosts/docker1`);
    // Charts are drawn when they come into view.
    const legend = async (id: string) => {
      const panel = page.locator(`[id="${id}"]`);
      await panel.scrollIntoViewIfNeeded();
      await panel.locator('canvas').waitFor();
      return panel.locator('.legend').innerText();
    };
    expect(await legend('x-docker_container_cpu.usage_total')).toBe('18.0\u202f%');
    expect(await legend('x-docker_container_mem.usage')).toBe('50.0\u202fMiB');
    expect(await legend('x-docker_container_net.rx_bytes')).toBe('2.00\u202fMB/s');
    expect(await legend('x-nginx.requests')).toBe('120\u202f/s');
    expect(await legend('x-nginx.active')).toBe('7');
    expect(await legend('x-temp.temp')).toBe('48.5\u202f°C');
    expect(await legend('x-http_response.response_time')).toBe('12.5\u202fms');
    expect(faults).toEqual([]);
  });

  it('says how much there is that it does not draw', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const time = `${Math.floor(Date.now() / secondMs) * secondMs}000000`;
    const fields = Array.from({ length: 130 }, (_, n) => `f${n}=1`).join(',');
    const series = Array.from({ length: 160 }, (_, n) => `api,host=many,path=/${n} v=1 ${time}\n`).join('');
    await sendAsTelegraf(hostcast.url, `${series}wide,host=many ${fields} ${time}\n`);
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/many`);
    await page.locator('[id="x-api.v"] canvas').waitFor();
    expect(await page.locator('[id="x-api.v"] h3').innerText()).toContain('36 more not drawn');
    // A part of it is said by what comes live.
    await page
      .getByText('Not drawn, because there are so many: 118 more fields of wide, 60 more series of api.', {
        exact: true,
      })
      .waitFor();
  });

  it('writes out what would make a name read as another', async () => {
    const hostcast = await HostcastProcess.start(['--interval', '1s', '--no-collect']);
    const time = `${Math.floor(Date.now() / secondMs) * secondMs}000000`;
    await sendAsTelegraf(hostcast.url, `mem,host=gpj.\u202eexe,role=d\u200bb used_percent=50 ${time}\n`);
    const { page } = await openPage(await launchChromium(), hostcast.url);
    const link = page.locator('.host-link');
    expect(await link.innerText()).toBe('gpj.\\u202eexe');
    expect(await page.locator('.tag').innerText()).toBe('role d\\u200bb');
    await link.click();
    expect(await page.locator('h1').innerText()).toBe('gpj.\\u202eexe');
    expect(await page.title()).toBe('gpj.\\u202eexe · hostcast');
  });

  it('moves from host to host, back to the fleet, and takes up no more connections', async () => {
    const hostcast = await startWith(['db-1', 'web-1'], 3);
    const { page, faults } = await openPage(await launchChromium(), `${hostcast.url}/hosts/db-1`);
    await page.getByRole('link', { name: 'Next host: web-1' }).click();
    await page.getByRole('heading', { name: 'web-1' }).waitFor();
    await page.locator('#cpu canvas').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'db-1' }).waitFor();
    await page.locator('.back').click();
    await page.getByRole('row', { name: /web-1/ }).waitFor();
    expect(hostcast.log('connect')).toHaveLength(1);
    expect(faults).toEqual([]);
  });

  it('fills the hole that an outage left with one request for history', async () => {
    const hostcast = await startWith(['web-1'], 30);
    const { page, requests } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1?range=5m`);
    await page.locator('#cpu canvas').waitFor();
    const { port } = new URL(hostcast.url);
    await hostcast.stop();
    await page.getByText('reconnecting').waitFor();
    const asked = (): number => requests.filter((url) => url.includes('/history?')).length;
    expect(asked()).toBe(1);
    const again = page.waitForRequest(/\/history\?/);
    await HostcastProcess.start(['--interval', '1s', '--no-collect', '--port', port], {
      data: hostcast.data,
    });
    await again;
    await page.locator('.chip-live, .chip-late').waitFor();
    expect(asked()).toBe(2);
  });

  it('keeps the colours that were chosen', async () => {
    const hostcast = await startWith(['web-1'], 3);
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/hosts/web-1`);
    await page.locator('#cpu canvas').waitFor();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('Dark').check();
    await page.locator('html[data-theme=dark]').waitFor();
    await page.reload();
    await page.locator('html[data-theme=dark] #cpu canvas').waitFor();
  });

  it('says kindly that there is no such page, and no such host', async () => {
    const hostcast = await startWith(['web-1'], 3);
    const { page } = await openPage(await launchChromium(), `${hostcast.url}/no/such/page`);
    await page.getByRole('link', { name: 'Back to the fleet' }).waitFor();
    await page.goto(`${hostcast.url}/hosts/nobody`);
    const words = page.getByText('No host named nobody has reported.');
    await words.waitFor();
    expect(await page.locator('.tile, .time-bar').count()).toBe(0);
    await page.getByRole('link', { name: 'Back to the fleet' }).waitFor();
    expect(await words.evaluate(middleOfText)).toBeCloseTo(720, 0);
  });
});
