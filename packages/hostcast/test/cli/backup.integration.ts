import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endOf, program, runCli, startCli } from '../support/cliRun.ts';
import { HostcastProcess, makeFolder } from '../support/hostcastProcess.ts';

const lines =
  'cpu,host=web-1 idle=97.5,n=3i,on=true 1795300000000000000\nmem,host=web-2 note="a \\"b\\"" 1795300001000000000\n';

/** A hostcast that has got figures, and whose time is that of the figures. */
async function hostcastWithFigures(): Promise<HostcastProcess> {
  const hostcast = await HostcastProcess.start(['--no-collect']);
  const nowMs = Date.now();
  const body = lines
    .replaceAll('1795300000000000000', `${nowMs - 2_000}000000`)
    .replaceAll('1795300001000000000', `${nowMs - 1_000}000000`);
  const response = await fetch(`${hostcast.url}/write`, { method: 'POST', body });
  expect(response.status).toBe(204);
  return hostcast;
}

/** A backup of such a hostcast, made while it runs, beside its folder. */
async function backupMade(): Promise<{ hostcast: HostcastProcess; file: string; folder: string }> {
  const hostcast = await hostcastWithFigures();
  const folder = makeFolder();
  const file = join(folder, 'b.tar');
  await runCli(
    ['user', 'add', 'kim', '--role', 'admin', '--data', hostcast.data],
    Buffer.from('correct horse battery'),
  );
  expect(await runCli(['backup', file, '--data', hostcast.data])).toMatchObject({ code: 0 });
  return { hostcast, file, folder };
}

describe('hostcast backup', () => {
  it('writes one file for its owner only, which tar and sha256sum understand', async () => {
    const { file, folder } = await backupMade();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['b.tar']);
    expect(spawnSync('tar', ['xf', file], { cwd: folder }).status).toBe(0);
    const checked = spawnSync('sh', ['-c', 'sha256sum --check --strict SHA256SUMS'], { cwd: folder });
    expect(checked.stdout.toString()).toMatch(/^data\/accounts.json: OK$/m);
    expect(checked.status).toBe(0);
    expect(readdirSync(join(folder, 'data')).sort()).toEqual(['accounts.json', 'meta.json', 'raw']);
  });

  it('says what it did in one line, and nothing with --quiet', async () => {
    const { hostcast, file, folder } = await backupMade();
    const again = await runCli(['backup', file, '--force', '--data', hostcast.data]);
    expect(again.stdout.toString()).toMatch(
      /b\.tar: figures and accounts, 3 files, \d+\.\d KiB, \d+\.\d s\.\n$/,
    );
    expect(again.stderr).toBe('');
    const quiet = await runCli(['backup', join(folder, 'c.tar'), '--quiet', '--data', hostcast.data]);
    expect(quiet).toMatchObject({ code: 0, stderr: '' });
    expect(quiet.stdout.toString()).toBe('');
  });

  it('leaves users and tokens out on demand, and the password of the first admin and the secret of logins always', async () => {
    const { hostcast, file } = await backupMade();
    writeFileSync(join(hostcast.data, 'admin-password'), 'secret-1');
    writeFileSync(join(hostcast.data, 'jwt-secret'), 'secret-2');
    await runCli(['backup', file, '--force', '--no-accounts', '--data', hostcast.data]);
    const bytes = readFileSync(file);
    for (const secret of ['secret-1', 'secret-2', 'kim']) expect(bytes.includes(secret), secret).toBe(false);
    expect((await runCli(['backup', '--verify', file])).stdout.toString()).toContain('accounts  none');
  });

  it('replaces no file without --force', async () => {
    const { hostcast, file } = await backupMade();
    const before = readFileSync(file);
    const { code, stderr } = await runCli(['backup', file, '--data', hostcast.data]);
    expect(code).toBe(1);
    expect(stderr).toContain('b.tar is there already: choose another name, or give --force to replace it');
    expect(readFileSync(file)).toEqual(before);
  });

  it.each([
    ['a folder that is not there', (folder: string) => join(folder, 'none'), 'there is no data folder'],
    ['an empty folder', (folder: string) => folder, 'there is nothing to back up'],
    [
      'a folder of a newer format',
      (folder: string) => {
        writeFileSync(join(folder, 'meta.json'), '{"format":99,"windowMs":60000}');
        return folder;
      },
      'was written in format 99',
    ],
  ])('refuses %s and leaves nothing', async (_what, make, message) => {
    const [data, out] = [make(makeFolder()), makeFolder()];
    const { code, stderr } = await runCli(['backup', join(out, 'b.tar'), '--data', data]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(readdirSync(out)).toEqual([]);
  });

  it('says which folder is missing where the file was to be', async () => {
    const data = makeFolder();
    const { code, stderr } = await runCli(['backup', join(data, 'none', 'b.tar'), '--data', data]);
    expect(code).toBe(1);
    expect(stderr).toContain(`cannot be written: there is no folder ${join(data, 'none')}`);
  });

  it('says that the disk is full, and where it was to a file leaves nothing of it', async () => {
    const { hostcast, folder } = await backupMade();
    const full = spawn('sh', [
      '-c',
      `exec "$0" "$@" > /dev/full`,
      process.execPath,
      program,
      'backup',
      '-',
      '--data',
      hostcast.data,
    ]);
    expect(await endOf(full)).toMatchObject({ code: 1, stderr: expect.stringMatching(/ENOSPC/) });
    // Files may grow up to 1 KiB: what a full disk is to the one who writes.
    const limited = `trap '' XFSZ; ulimit -f 1; exec "$0" "$@"`;
    const file = join(folder, 'c.tar');
    const cut = spawn('bash', [
      '-c',
      limited,
      process.execPath,
      program,
      'backup',
      file,
      '--data',
      hostcast.data,
    ]);
    expect(await endOf(cut)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/c\.tar cannot be written: EFBIG.*Nothing was left behind/),
    });
    expect(readdirSync(folder)).toEqual(['b.tar']);
  });

  it('leaves nothing when it is stopped', async () => {
    const [data, out] = [makeFolder(), makeFolder()];
    mkdirSync(join(data, 'raw'));
    writeFileSync(join(data, 'meta.json'), '{"format":1,"windowMs":60000}');
    writeFileSync(join(data, 'raw', '0-0.seg'), '');
    // It takes a while to read that much, of which the disk holds nothing.
    truncateSync(join(data, 'raw', '0-0.seg'), 4 * 1024 ** 3);
    const watcher = watch(out);
    const begun = once(watcher, 'change');
    const { child, ended } = startCli(['backup', join(out, 'b.tar'), '--data', data]);
    await begun;
    watcher.close();
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining('nothing was left behind'),
    });
    expect(readdirSync(out)).toEqual([]);
  });

  it('says that the figures are in InfluxDB where they are, and still backs up the accounts', async () => {
    const folder = makeFolder();
    await runCli(['user', 'add', 'kim', '--data', folder], Buffer.from('correct horse battery'));
    const file = join(makeFolder(), 'b.tar');
    const config = join(makeFolder(), 'hostcast.toml');
    writeFileSync(config, `data = "${folder}"\n[influx]\nurl = "http://127.0.0.1:8086"\ndb = "telegraf"\n`);
    const { code, stdout, stderr } = await runCli(['backup', file, '--config', config]);
    expect(stderr).toContain('The figures are in the InfluxDB at http://127.0.0.1:8086');
    expect(stdout.toString()).toContain('accounts, 1 file');
    expect(code).toBe(0);
  });
});

describe('hostcast backup --verify', () => {
  it('says what is in a backup, and writes nothing', async () => {
    const { file, folder } = await backupMade();
    const { stdout, code } = await runCli(['backup', '--verify', file]);
    expect(stdout.toString()).toContain('2 points in 2 series of 2 hosts');
    expect(code).toBe(0);
    expect(readdirSync(folder)).toEqual(['b.tar']);
  });

  it('refuses one that was cut or changed', async () => {
    const { file } = await backupMade();
    const bytes = readFileSync(file);
    bytes[bytes.length / 2]! ^= 1;
    writeFileSync(file, bytes);
    expect(await runCli(['backup', '--verify', file])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no whole backup'),
    });
    bytes[bytes.length / 2]! ^= 1;
    writeFileSync(file, bytes.subarray(0, -1_024));
    expect(await runCli(['restore', '--dry-run', file])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('its end is missing'),
    });
  });
});

describe('hostcast restore', () => {
  it('gives back figures and users to a hostcast that then runs on them', async () => {
    const { file } = await backupMade();
    const data = join(makeFolder(), 'new');
    const { code, stdout } = await runCli(['restore', file, '--data', data]);
    expect(stdout.toString()).toContain('2 points in 2 series of 2 hosts');
    expect(code).toBe(0);
    expect(statSync(join(data, 'accounts.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(data).sort()).toEqual(['accounts.json', 'meta.json', 'raw']);
    expect((await runCli(['user', 'list', '--data', data])).stdout.toString()).toContain('kim');
    const restored = await HostcastProcess.start(['--no-collect'], { data });
    const fleet = await restored.fetchJson<{ rows: unknown[][] }>('/api/hosts');
    expect(fleet.rows.map(([host]) => host).sort()).toEqual(['web-1', 'web-2']);
  });

  it('takes a backup from the standard input', async () => {
    const { hostcast } = await backupMade();
    const made = await runCli(['backup', '-', '--data', hostcast.data]);
    expect(made.stderr).toBe('');
    const data = join(makeFolder(), 'new');
    expect(await runCli(['restore', '-', '--data', data], made.stdout)).toMatchObject({ code: 0 });
    const other = join(makeFolder(), 'new');
    expect(await runCli(['restore', '-', '--data', other], made.stdout.subarray(0, 2_000))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('its end is missing'),
    });
    expect(() => statSync(other)).toThrow('ENOENT');
  });

  it('refuses a folder in use, even with --force, and one that is not empty', async () => {
    const { hostcast, file } = await backupMade();
    const used = await runCli(['restore', file, '--force', '--data', hostcast.data]);
    expect(used).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`is in use by process ${hostcast.pid}`),
    });
    await hostcast.stop();
    const full = await runCli(['restore', file, '--data', hostcast.data]);
    expect(full).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not empty (accounts.json, meta.json, raw)'),
    });
  });

  it('moves aside what is there with --force, and deletes nothing', async () => {
    const { file } = await backupMade();
    const data = makeFolder();
    writeFileSync(join(data, 'mine'), 'kept');
    const { code, stdout } = await runCli(['restore', file, '--force', '--data', data]);
    expect(code).toBe(0);
    const aside = readdirSync(data).find((name) => name.startsWith('before-restore-'))!;
    expect(stdout.toString()).toContain(`What was there is in ${join(data, aside)}`);
    expect(readFileSync(join(data, aside, 'mine'), 'utf8')).toBe('kept');
    expect(readdirSync(data).sort()).toEqual(['accounts.json', aside, 'meta.json', 'raw']);
  });

  it('touches nothing where the backup is damaged', async () => {
    const { file } = await backupMade();
    truncateSync(file, 3_000);
    const data = makeFolder();
    writeFileSync(join(data, 'mine'), 'kept');
    expect(await runCli(['restore', file, '--force', '--data', data])).toMatchObject({ code: 1 });
    expect(readdirSync(data)).toEqual(['mine']);
  });

  it('leaves nothing when it is stopped', async () => {
    const { hostcast } = await backupMade();
    const { stdout } = await runCli(['backup', '-', '--data', hostcast.data]);
    const parent = makeFolder();
    const watcher = watch(parent);
    const begun = once(watcher, 'change');
    const { child, ended } = startCli(['restore', '-', '--data', join(parent, 'new')]);
    child.stdin!.write(stdout.subarray(0, 2_000));
    await begun;
    watcher.close();
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 143 });
    expect(readdirSync(parent)).toEqual([]);
  });

  it('follows a data folder that is a link', async () => {
    const { file } = await backupMade();
    const [real, links] = [makeFolder(), makeFolder()];
    symlinkSync(real, join(links, 'data'));
    expect(await runCli(['restore', file, '--data', join(links, 'data')])).toMatchObject({ code: 0 });
    expect(readdirSync(real).sort()).toEqual(['accounts.json', 'meta.json', 'raw']);
  });
});
