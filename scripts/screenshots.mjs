// `npm run screenshots`: makes the pictures of the README (docs/images) from the built server: an
// invented fleet whose last hour is sent the way Telegraf sends it.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { buildStale, root, say } from './workspace.mjs';

const folder = process.argv[2] ?? join(root, 'docs/images');
const intervalMs = 10_000;
const fleet = [
  { host: 'cache-1', role: 'cache', cores: 4, load: 0.15, memory: 0.82, disk: 0.31 },
  { host: 'db-1', role: 'db', cores: 16, load: 0.55, memory: 0.74, disk: 0.68 },
  { host: 'db-2', role: 'db', cores: 16, load: 0.35, memory: 0.71, disk: 0.93 },
  { host: 'queue-1', role: 'queue', cores: 4, load: 0.25, memory: 0.44, disk: 0.22 },
  { host: 'web-1', role: 'web', cores: 8, load: 0.4, memory: 0.52, disk: 0.47 },
  { host: 'web-2', role: 'web', cores: 8, load: 0.78, memory: 0.58, disk: 0.49 },
  { host: 'web-3', role: 'web', cores: 8, load: 0.33, memory: 0.49, disk: 0.45, silentMs: 50_000 },
];

buildStale();
mkdirSync(folder, { recursive: true });
await withServer(['--no-collect'], async (url) => {
  await sendHour(url);
  const going = keepSending(url);
  await nextTick(url);
  const fleetPage = { path: '/', until: '.host-link' };
  const hostPage = { path: '/hosts/db-1?range=1h', until: '#cpu canvas' };
  const wide = { width: 1440, height: 480 };
  const phone = { width: 390, height: 844, isMobile: true, hasTouch: true };
  await takePictures(url, [
    { name: 'fleet-light', ...fleetPage, ...wide, colorScheme: 'light' },
    { name: 'host-dark', ...hostPage, ...wide, height: 1040, colorScheme: 'dark' },
    { name: 'fleet-dark-ko', ...fleetPage, ...wide, colorScheme: 'dark', locale: 'ko-KR' },
    { name: 'fleet-phone', ...fleetPage, ...phone, colorScheme: 'dark' },
    { name: 'host-phone', ...hostPage, ...phone, colorScheme: 'light' },
    { name: 'host-phone-ko', ...hostPage, ...phone, colorScheme: 'light', locale: 'ko-KR' },
  ]);
  clearInterval(going);
});
await withServer(['--auth', 'users', '--no-collect'], (url) =>
  takePictures(url, [
    { name: 'login-light', path: '/', until: '.login', width: 640, height: 420, colorScheme: 'light' },
  ]),
);

/** Runs hostcast with a data folder of its own for as long as `work` takes. */
async function withServer(flags, work) {
  const data = mkdtempSync(join(tmpdir(), 'hostcast-screenshots-'));
  const program = join(root, 'packages/hostcast/dist/main.js');
  const server = spawn(process.execPath, [program, '--port', '0', '--data', data, ...flags]);
  try {
    await work(await addressOf(server));
  } finally {
    server.kill('SIGTERM');
    await new Promise((resolve) => server.once('exit', resolve));
    rmSync(data, { recursive: true });
  }
}

async function addressOf(child) {
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const match = /Page +(http:\S+)/.exec(text);
    if (match) {
      child.stdout.resume();
      return match[1];
    }
  }
  throw new Error(`hostcast did not start: ${text}`);
}

async function sendHour(url) {
  const now = Math.floor(Date.now() / intervalMs) * intervalMs;
  const steps = 3_600_000 / intervalMs;
  for (const one of fleet) {
    const lines = [];
    for (let n = 0; n <= steps; n += 1) {
      const timeMs = now - (steps - n) * intervalMs;
      if (timeMs <= now - (one.silentMs ?? 0)) lines.push(linesOf(one, n, timeMs));
    }
    const response = await fetch(`${url}/api/v2/write?precision=ms`, {
      method: 'POST',
      body: lines.join(''),
    });
    if (response.status !== 204) throw new Error(`${one.host}: ${response.status} ${await response.text()}`);
  }
}

/** Goes on as the hour ended, so that what is live stays so while the pictures are taken. */
function keepSending(url) {
  const steps = 3_600_000 / intervalMs;
  let n = steps;
  return setInterval(() => {
    n += 1;
    const now = Math.floor(Date.now() / intervalMs) * intervalMs;
    const body = fleet
      .filter(({ silentMs }) => !silentMs)
      .map((one) => linesOf(one, n, now))
      .join('');
    void fetch(`${url}/api/v2/write?precision=ms`, { method: 'POST', body });
  }, intervalMs);
}

/** The pictures show what was sent, not what was half sent at the last tick. */
async function nextTick(url) {
  const sentMs = Date.now();
  for (let time = 0; time <= sentMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    time = (await (await fetch(`${url}/api/hosts`)).json()).time;
  }
}

/** One interval of an invented host: slow waves, some noise, the same at each run. */
function linesOf({ host, role, cores, load, memory, disk }, n, timeMs) {
  const noise = (k) => Math.abs(Math.sin(n * 12.9898 + k * 78.233 + host.charCodeAt(0)) * 43758.5453) % 1;
  const wave = 0.75 + 0.25 * Math.sin(n / 23 + host.charCodeAt(host.length - 1));
  const busy = Math.min(97, 100 * load * wave * (0.9 + 0.2 * noise(1)));
  const tags = `dc=icn,host=${host},role=${role}`;
  const gib = 2 ** 30;
  const total = cores * 4 * gib;
  const cpu = (name, used) =>
    `cpu,cpu=${name},${tags} usage_user=${used * 0.68},usage_system=${used * 0.2},usage_iowait=${used * 0.08},usage_softirq=${used * 0.04},usage_nice=0,usage_irq=0,usage_steal=0,usage_idle=${100 - used} ${timeMs}\n`;
  let lines = cpu('cpu-total', busy);
  for (let core = 0; core < cores; core += 1)
    lines += cpu(`cpu${core}`, Math.min(99, busy * (0.6 + 0.8 * noise(core + 5))));
  const sum = (perSecond) => Math.round(n * 10 * perSecond + 40 * perSecond * Math.sin(n / 9));
  lines += `mem,${tags} total=${total}i,used=${Math.round(total * memory * wave)}i,buffered=${gib}i,cached=${Math.round(total * 0.12)}i,used_percent=${100 * memory * wave} ${timeMs}\n`;
  lines += `swap,${tags} total=${2 * gib}i,used=${Math.round(0.05 * gib)}i,used_percent=2.5 ${timeMs}\n`;
  lines += `system,${tags} load1=${(cores * busy) / 90},load5=${(cores * load * wave) / 0.9},load15=${(cores * load) / 1.1},n_cpus=${cores}i,uptime=${3_500_000 + n * 10}i ${timeMs}\n`;
  lines += `disk,device=sda1,fstype=ext4,mode=rw,path=/,${tags} total=${100 * gib}i,used=${Math.round(100 * gib * disk)}i,used_percent=${100 * disk} ${timeMs}\n`;
  lines += `diskio,name=sda,${tags} read_bytes=${sum(2_000_000 * load)}i,write_bytes=${sum(6_000_000 * load)}i,io_time=${sum(400 * load)}i ${timeMs}\n`;
  lines += `net,interface=eth0,${tags} bytes_recv=${sum(9_000_000 * load)}i,bytes_sent=${sum(14_000_000 * load)}i ${timeMs}\n`;
  lines += `processes,${tags} running=${Math.round(cores * load)}i,blocked=0i,sleeping=${120 + Math.round(20 * noise(3))}i,zombies=0i ${timeMs}\n`;
  lines += `kernel,${tags} context_switches=${sum(9_000 * load)}i,interrupts=${sum(5_000 * load)}i,processes_forked=${sum(12)}i ${timeMs}\n`;
  return lines;
}

async function takePictures(url, pictures) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  for (const { name, path, until, width, height, locale = 'en-GB', ...options } of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, locale, ...options });
    await page.goto(url + path);
    await page.locator(until).first().waitFor();
    await page.waitForTimeout(500); // fades
    await page.screenshot({ path: join(folder, `${name}.png`) });
    say(`${name}.png`);
    await page.close();
  }
  await browser.close();
}
