import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { endOf, program, runCli } from '../support/cliRun.ts';
import { HostcastProcess, makeFolder } from '../support/hostcastProcess.ts';
import { influxdMissing, startInfluxd } from '../support/influxd.ts';
import { canImitateTerminal, Terminal } from '../support/terminal.ts';

/** What is hard to write and to read again; `T` and `U` stand for two times of late. */
const lines = [
  'cpu,cpu=cpu-total,host=web-1 idle=97.5,n=3,tiny=5e-324,huge=1.7976931348623157e+308,third=0.3333333333333333 T',
  'cpu,cpu=cpu-total,host=web-1 idle=-1e-7,big=1e+21 U',
  'cpu,cpu=cpu-total,host=web-2 idle=1 T',
  'odd\\ \\,name,a\\=b=c\\ \\,\\=d,host=web-1,path=C:\\Users f\\ \\,\\=g=1,text="=SUM(1)\nsays \\"a\\\\b\\", ünïcode 🙂" U',
];

function figures(): { body: string; fromMs: number } {
  const fromMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
  const body = lines.map((line) =>
    line.replace(/ T$/, ` ${fromMs}000000`).replace(/ U$/, ` ${fromMs + 1_234}000000`),
  );
  return { body: `${body.join('\n')}\n`, fromMs };
}

async function write(url: string, body: string): Promise<void> {
  const response = await fetch(`${url}/write?db=test1`, { method: 'POST', body });
  expect([response.status, await response.text()]).toEqual([204, '']);
}

async function exported(hostcast: HostcastProcess, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(['export', ...args, '--data', hostcast.data]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.toString();
}

async function hostcastWithFigures() {
  const hostcast = await HostcastProcess.start(['--no-collect']);
  const { body, fromMs } = figures();
  await write(hostcast.url, body);
  return { hostcast, body, fromMs };
}

describe('hostcast export as line protocol', () => {
  it('imported by another hostcast is the same again', async () => {
    const { hostcast } = await hostcastWithFigures();
    const first = await exported(hostcast);
    expect(first.split('\n').length).toBe(6);
    expect(first).toContain('tiny=5e-324');
    const other = await HostcastProcess.start(['--no-collect']);
    await write(other.url, first);
    expect(await exported(other)).toBe(first);
  });

  it.skipIf(influxdMissing)('is taken by InfluxDB, which then holds the same values', async () => {
    const { hostcast, fromMs } = await hostcastWithFigures();
    const influxd = await startInfluxd();
    onTestFinished(influxd.stop);
    const database = await influxd.createDatabase();
    await write(influxd.url, await exported(hostcast));
    const answer = await influxd.query('SELECT * FROM cpu GROUP BY host', database);
    const rows = JSON.parse(answer).results[0].series as { columns: string[]; values: unknown[][] }[];
    expect(rows[0]).toMatchObject({
      columns: ['time', 'big', 'cpu', 'huge', 'idle', 'n', 'third', 'tiny'],
      values: [
        [
          new Date(fromMs).toISOString().replace('.000', ''),
          null,
          'cpu-total',
          1.7976931348623157e308,
          97.5,
          3,
          0.3333333333333333,
          5e-324,
        ],
        [new Date(fromMs + 1_234).toISOString(), 1e21, 'cpu-total', null, -1e-7, null, null, null],
      ],
    });
    const odd = await influxd.query('SELECT * FROM "odd ,name"', database);
    expect(JSON.parse(odd).results[0].series[0]).toMatchObject({
      columns: ['time', 'a=b', 'f ,=g', 'host', 'path', 'text'],
      values: [[expect.anything(), 'c ,=d', 1, 'web-1', 'C:\\Users', '=SUM(1)\nsays "a\\b", ünïcode 🙂']],
    });
  });

  it('holds the hosts, measurements and times that are asked for', async () => {
    const { hostcast, fromMs } = await hostcastWithFigures();
    expect(await exported(hostcast, '--host', 'web-2')).toBe(
      `cpu,cpu=cpu-total,host=web-2 idle=1 ${fromMs}000000\n`,
    );
    expect(await exported(hostcast, '--measurement', 'cpu', '--from', String(fromMs + 1))).toBe(
      `cpu,cpu=cpu-total,host=web-1 big=1e+21,idle=-1e-7 ${fromMs + 1_234}000000\n`,
    );
    const to = new Date(fromMs + 1).toISOString();
    expect((await exported(hostcast, '--from', '-1h', '--to', to)).split('\n').length).toBe(3);
    const unknown = await runCli(['export', '--host', 'web-9', '--data', hostcast.data]);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: 'hostcast: there is no host "web-9"; there are web-1, web-2\n',
    });
  });

  it('is the same from a backup', async () => {
    const { hostcast } = await hostcastWithFigures();
    const file = join(makeFolder(), 'b.tar');
    await runCli(['backup', file, '--data', hostcast.data]);
    const fromBackup = await runCli(['export', '--backup', file, '--data', join(makeFolder(), 'none')]);
    expect(fromBackup.stdout.toString()).toBe(await exported(hostcast));
  });

  it('ends quietly where the reader has gone', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const startMs = Date.now() - 3_600_000;
    const many = Array.from(
      { length: 100_000 },
      (_, row) => `cpu,host=web-${row % 50} value=${row} ${startMs + row}000000`,
    );
    await write(hostcast.url, many.join('\n'));
    const pipe = `set -o pipefail; "$0" "$@" | head -n 1`;
    const child = spawn('bash', ['-c', pipe, process.execPath, program, 'export', '--data', hostcast.data]);
    const { code, stdout, stderr } = await endOf(child);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.toString()).toMatch(/^cpu,host=web-0 value=0 \d+\n$/);
  });
});

describe.skipIf(!canImitateTerminal)('on a terminal', () => {
  it('export says how far it is, of all series or of those that are selected', async () => {
    const { hostcast } = await hostcastWithFigures();
    const screenOf = async (...more: string[]) => {
      const file = join(makeFolder(), 'all.lp');
      const terminal = new Terminal(['export', '--data', hostcast.data, '-o', file, ...more]);
      expect(await terminal.end()).toBe(0);
      return terminal.screen;
    };
    expect(await screenOf()).toContain('export  33 %  1 of 3 series');
    expect(await screenOf('--host', 'web-2')).toContain('export 1 series');
    expect(await screenOf('--quiet')).toBe('');
  });

  it('backup and its check say how far they are', async () => {
    const { hostcast } = await hostcastWithFigures();
    const file = join(makeFolder(), 'b.tar');
    const backup = new Terminal(['backup', file, '--data', hostcast.data]);
    expect(await backup.end()).toBe(0);
    expect(backup.screen).toMatch(/backup +\d+ % /);
    const verify = new Terminal(['backup', '--verify', file]);
    expect(await verify.end()).toBe(0);
    expect(verify.screen).toMatch(/verify +\d+ % /);
  });
});

describe('hostcast export as CSV', () => {
  it('is one table of one measurement', async () => {
    const { hostcast, fromMs } = await hostcastWithFigures();
    const first = new Date(fromMs).toISOString();
    expect(await exported(hostcast, '--format', 'csv', '--measurement', 'cpu')).toBe(
      'time,host,cpu,big,huge,idle,n,third,tiny\r\n' +
        `${first},web-1,cpu-total,,1.7976931348623157e+308,97.5,3,0.3333333333333333,5e-324\r\n` +
        `${new Date(fromMs + 1_234).toISOString()},web-1,cpu-total,1e+21,,-1e-7,,,\r\n` +
        `${first},web-2,cpu-total,,,1,,,\r\n`,
    );
  });

  it('is a file per measurement in a new folder, which Python reads', async () => {
    const { hostcast } = await hostcastWithFigures();
    const folder = join(makeFolder(), 'tables');
    await exported(hostcast, '--format', 'csv', '-o', folder);
    expect(readdirSync(folder).sort()).toEqual(['cpu.csv', 'odd%20%2Cname.csv']);
    expect(statSync(join(folder, 'cpu.csv')).mode & 0o777).toBe(0o600);
    const script =
      'import csv,json,sys; print(json.dumps(list(csv.DictReader(open(sys.argv[1], newline="")))))';
    const python = spawnSync('python3', ['-c', script, join(folder, 'odd%20%2Cname.csv')]);
    if (python.error === undefined) {
      expect(JSON.parse(python.stdout.toString())[0]).toMatchObject({
        'a=b': 'c ,=d',
        'f ,=g': '1',
        text: '=SUM(1)\nsays "a\\b", ünïcode 🙂',
      });
    }
    expect(readFileSync(join(folder, 'cpu.csv'), 'utf8')).toMatch(/^time,host,cpu,/);
  });

  it('has a file for each of two measurements whose names differ at their ends alone', async () => {
    const hostcast = await HostcastProcess.start(['--no-collect']);
    const long = 'm'.repeat(300);
    await write(hostcast.url, `${long}a,host=web-1 v=1\n${long}b,host=web-1 v=2\n`);
    const folder = join(makeFolder(), 'tables');
    await exported(hostcast, '--format', 'csv', '-o', folder);
    const tables = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(tables.map((table) => table.slice(-3)).sort()).toEqual(['1\r\n', '2\r\n']);
  });

  it('says what to do where it would be several tables at once', async () => {
    const { code, stderr } = await runCli(['export', '--format', 'csv', '--data', makeFolder()]);
    expect(code).toBe(1);
    expect(stderr).toContain('CSV is a table per measurement: name one by --measurement, or a folder by -o');
  });
});
