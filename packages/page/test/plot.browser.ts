import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { CDPSession, Page } from 'playwright-core';
import { build } from 'vite';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chromiumMissing, launchChromium, openPage } from '../../hostcast/test/support/chromium.ts';

const why = chromiumMissing ? ` (skipped: ${chromiumMissing})` : '';
const styles = [
  new URL('../src/style/host.css', import.meta.url),
  new URL(import.meta.resolve('uplot/dist/uPlot.min.css')),
];
const entry = fileURLToPath(new URL('support/plotPage.ts', import.meta.url));
const files = new Map<string, { type: string; text: string }>();

/** What drawPicture of support/plotPage.ts is given: a px is a millisecond and a unit, the drawing begins at 52, 8. */
const picture = `{
  times: [0, 100, 200, 250, 300],
  fromMs: 0, toMs: 300, min: 0, max: 148,
  lines: [
    { values: [100, undefined, 100, null, 100], base: () => 50, colour: '#ff0000', width: 2, isDashed: false },
    { values: [50, 50, null, 50, 50], base: () => 0, colour: '#0000ff', width: 2, isDashed: false },
  ],
  gaps: [{ fromMs: 210, toMs: 240, text: 'no room' }],
  values: { at: [0, 148], texts: ['0', '148'] },
  ticks: (most) => ({ at: [100, 299], texts: ['10:00', 'much too long for the right edge'] }),
  colours: { rule: '#00ff00', muted: '#888888' },
  hasDots: true,
}`;

describe.skipIf(chromiumMissing)(`a drawing in Chromium${why}`, () => {
  beforeAll(async () => {
    const built = await build({
      configFile: false,
      logLevel: 'silent',
      resolve: { conditions: ['hostcast-src', 'module', 'browser', 'import', 'default'] },
      build: { write: false, rollupOptions: { input: entry }, target: 'es2022', modulePreload: false },
    });
    for (const output of [built].flat()) {
      if (!('output' in output)) continue;
      for (const file of output.output) {
        if (file.type === 'chunk') files.set('/script.js', { type: 'text/javascript', text: file.code });
      }
    }
    const style = styles.map((url) => readFileSync(url, 'utf8')).join('\n');
    files.set('/style.css', { type: 'text/css', text: style });
    const document =
      '<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">' +
      '<style>body { margin: 0 } .plot { margin: 0 }</style><script type="module" src="/script.js"></script>';
    files.set('/', { type: 'text/html', text: document });
  });

  for (const deviceScaleFactor of [1, 2]) {
    it(`has each thing at its place where a px has ${deviceScaleFactor}`, async () => {
      const browser = await launchChromium();
      const { page, faults } = await openPage(browser, await serve(), { deviceScaleFactor });
      await page.evaluate(`drawPicture(${picture})`);
      const colourAt = (x: number, y: number): Promise<string> => page.evaluate(`colourAt(${x}, ${y})`);
      expect(await colourAt(152, 56)).toBe('ff0000ff'); // a point passed over does not break a line
      expect(await colourAt(102, 80)).toMatch(/^ff0000(3f|40|41)$/); // the area ends at its base
      expect(await colourAt(102, 130)).toMatch(/^0000ff(3f|40|41)$/);
      expect(await colourAt(102, 106)).toBe('0000ffff');
      expect(await colourAt(300, 56)).toBe('00000000'); // null does
      expect(await colourAt(351, 56)).toBe('ff0000ff'); // a value alone is a dot
      expect(await colourAt(326, 106)).toBe('0000ffff');
      expect(await colourAt(326, 130)).toMatch(/^0000ff(3f|40|41)$/);
      expect(await colourAt(52, 156)).not.toBe('00000000'); // a grid line at each value
      expect(await colourAt(102, 8)).toBe('00ff00ff');
      const hatched = await page.evaluate(
        `Array.from({ length: 30 }, (_, index) => colourAt(262 + index, 40)).filter((colour) => colour.startsWith('00ff00'))`,
      );
      expect(hatched).not.toEqual([]);
      expect(await colourAt(255, 40)).toBe('00000000'); // and nowhere else
      expect(await inkBetween(page, 130, 170)).toBe(true); // the label that fits
      expect(await inkBetween(page, 300, 367)).toBe(false); // the one that would be cut
      expect(faults).toEqual([]);
    });
  }

  it('says why there is nothing where a gap has room for it, and only there', async () => {
    const { page } = await openPage(await launchChromium(), await serve());
    const mutedIn = (text: string, fromMs: number): Promise<number> =>
      page.evaluate(`(drawPicture({ ...${picture}, lines: [], gaps: [{ fromMs: ${fromMs}, toMs: 200, text: '${text}' }] }),
        Array.from({ length: 300 * 20 }, (_, at) => colourAt(52 + (at % 300), 72 + Math.floor(at / 300)))
          .filter((colour) => /^(8.){3}/.test(colour)).length)`);
    expect(await mutedIn('offline', 0)).toBeGreaterThan(10);
    expect(await mutedIn('offline', -1_000)).toBeGreaterThan(10);
    expect(await mutedIn('offline', 180)).toBe(0);
    expect(await mutedIn('', 0)).toBe(0);
  });

  it('tells where the pointer is, shows the cursor at the nearest point, and zooms by a drag', async () => {
    const browser = await launchChromium();
    const { page, faults } = await openPage(browser, await serve());
    await page.evaluate(`drawPicture(${picture})`);
    await page.mouse.move(52 + 140, 50);
    expect(await page.evaluate('heard')).toEqual([['cursor', 140]]);
    await page.evaluate('plot.showCursor(140)');
    const cursor = page.locator('.plot-cursor');
    expect(await page.evaluate(`document.querySelector('.plot-cursor').getBoundingClientRect().left`)).toBe(
      152,
    );
    expect(await page.locator('.plot-dot:visible').count()).toBe(1); // of the two lines one has a value there
    await page.evaluate('plot.showCursor(null)');
    expect(await cursor.isVisible()).toBe(false);

    await page.mouse.down();
    await page.mouse.move(52 + 240, 60);
    expect(await page.locator('.plot-selection').boundingBox()).toMatchObject({ x: 192, width: 100 });
    await page.mouse.up();
    await page.mouse.down();
    await page.mouse.move(52 + 244, 60);
    await page.mouse.up(); // meant as a click
    await page.mouse.move(10, 300);
    const heard: unknown[][] = await page.evaluate('heard');
    expect(heard.filter(([kind]) => kind === 'zoom')).toEqual([['zoom', 140, 240]]);
    expect(heard.at(-1)).toEqual(['cursor', null]);
    expect(await page.locator('.plot-selection').isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  it('has no dot for a value above or below what the axis reaches', async () => {
    const browser = await launchChromium();
    const { page, faults } = await openPage(browser, await serve());
    await page.evaluate(`drawPicture({ ...${picture}, lines: [400, 148, 70, 0, -20].map((value) => (
      { values: [value, value, value, value, value], base: undefined, colour: '#ff0000', width: 1, isDashed: true }
    )) })`);
    await page.evaluate('plot.showCursor(100)');
    const shown = `[...document.querySelectorAll('.plot-dot')].map((dot) => dot.checkVisibility())`;
    expect(await page.evaluate(shown)).toEqual([false, true, true, true, false]);
    expect(faults).toEqual([]);
  });

  it('keeps the cursor where a finger tapped, until it taps elsewhere or scrolls', async () => {
    const browser = await launchChromium();
    const { page, faults } = await openPage(browser, await serve(), { hasTouch: true });
    await page.evaluate(`drawPicture(${picture})`);
    const last = async (): Promise<unknown> => (await page.evaluate<unknown[]>('heard')).at(-1);
    await page.touchscreen.tap(52 + 140, 50);
    expect(await last()).toEqual(['cursor', 140]);
    await page.touchscreen.tap(52 + 200, 50);
    expect(await last()).toEqual(['cursor', 200]);
    await page.touchscreen.tap(100, 400);
    expect(await last()).toEqual(['cursor', null]);
    await page.touchscreen.tap(52 + 140, 50);
    await page.evaluate(`document.querySelector('.plot-over')
      .dispatchEvent(new PointerEvent('pointercancel', { pointerType: 'touch' }))`);
    expect(await last()).toEqual(['cursor', null]);
    expect(faults).toEqual([]);
  });

  it('zooms to the span between two fingers when one of them is lifted', async () => {
    const browser = await launchChromium();
    const { page, faults } = await openPage(browser, await serve(), { hasTouch: true });
    await page.evaluate(`drawPicture(${picture})`);
    const touch = await page.context().newCDPSession(page);
    const points = (...xs: number[]) => xs.map((x, id) => ({ x: 52 + x, y: 50, id }));
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: points(140, 180) });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: points(140, 240) });
    expect(await page.locator('.plot-selection').boundingBox()).toMatchObject({ x: 192, width: 100 });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    const heard: unknown[][] = await page.evaluate('heard');
    expect(heard.filter(([kind]) => kind === 'zoom')).toEqual([['zoom', 140, 240]]);
    expect(await page.locator('.plot-selection').isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  it('tells anew what is under a pointer that rests when another length of time is drawn', async () => {
    const browser = await launchChromium();
    const { page, faults } = await openPage(browser, await serve());
    await page.evaluate(`drawPicture(${picture})`);
    await page.mouse.move(52 + 150, 50);
    await page.evaluate('plot.showCursor(150)');
    await page.evaluate(`plot.draw({ ...${picture}, fromMs: 10, toMs: 310 })`);
    expect(await page.evaluate('heard')).toEqual([['cursor', 150]]); // what is live moves on below it
    await page.evaluate(`plot.draw({ ...${picture}, fromMs: 200, toMs: 300 })`);
    expect(await page.evaluate('heard')).toEqual([
      ['cursor', 150],
      ['cursor', 250],
    ]);
    expect(faults).toEqual([]);
  });

  it('takes at most 1.25 times the processor that plain uPlot takes for 40 charts', async () => {
    const browser = await launchChromium();
    const { page, faults } = await openPage(browser, await serve());
    const session = await browser.newBrowserCDPSession();
    const costs = { ours: 0, plain: 0 };
    for (const kind of ['ours', 'plain', 'ours', 'plain', 'ours', 'plain'] as const) {
      const before = await processorSeconds(session);
      expect(await page.evaluate(`drawTicks('${kind}')`)).toBe(40);
      costs[kind] += (await processorSeconds(session)) - before;
    }
    const ratio = costs.ours / costs.plain;
    console.log(
      `40 charts: ${costs.ours.toFixed(2)} s of processor, uPlot ${costs.plain.toFixed(2)} s: ${ratio.toFixed(2)}`,
    );
    expect(ratio).toBeLessThan(1.25);
    expect(faults).toEqual([]);
  });
});

async function serve(): Promise<string> {
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file ? 200 : 404, { 'Content-Type': file?.type ?? 'text/plain' }).end(file?.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Whether anything is drawn below the time axis between two places. */
function inkBetween(page: Page, fromX: number, toX: number): Promise<boolean> {
  return page.evaluate(`(() => {
    for (let x = ${fromX}; x <= ${toX}; x++)
      for (let y = 163; y < 178; y++) if (colourAt(x, y) !== '00000000') return true;
    return false;
  })()`);
}

/** What all processes of a Chromium have taken. */
async function processorSeconds(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}
