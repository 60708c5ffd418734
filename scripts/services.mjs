// The programs that the tests use beside Node: real InfluxDB, real Chromium, second witnesses of the machine.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say } from './workspace.mjs';

/** Command, Debian packages, and what is skipped without it. */
const services = [
  { command: 'chromium', apt: 'chromium', skipped: 'the page in a real browser' },
  { command: 'influxd', apt: 'influxdb', skipped: 'the InfluxDB store against a real InfluxDB' },
  { command: 'iostat', apt: 'sysstat', skipped: 'disk I/O against iostat' },
  { command: 'vmstat', apt: 'procps', skipped: 'memory and CPU against vmstat and free' },
  { command: 'strace', apt: 'strace', skipped: 'disks that fail or are slow, by system calls' },
  { command: 'ip', apt: 'iproute2', skipped: 'network counters against ip' },
  { command: 'stomp', apt: 'python3-stomp', skipped: 'the STOMP server with stomp.py' },
  { command: 'stompcat', apt: 'ruby-stomp', skipped: 'the STOMP server with the Ruby gem stomp' },
  { command: 'pytest-3', apt: 'python3-pytest python3-pytest-mock', skipped: "stomp.py's own suite" },
  { command: 'php', apt: 'php-cli php-stomp', skipped: "the suite of PHP's extension stomp" },
  {
    command: 'nginx',
    apt: 'nginx-light libnginx-mod-stream',
    skipped: 'hostcast behind nginx',
    unit: 'nginx',
  },
  { command: 'caddy', apt: 'caddy', skipped: 'hostcast behind Caddy', unit: 'caddy' },
];

/** Installs what is missing by apt where this is root on a Debian-like system; elsewhere says what is skipped. */
export function installServices() {
  const missing = services.filter(({ command }) => !isInstalled(command));
  if (missing.length === 0) return;
  const canInstall = process.getuid?.() === 0 && isInstalled('apt-get');
  if (!canInstall) {
    for (const { command, apt, skipped } of missing) {
      say(
        `SKIPPED: ${skipped}: "${command}" is not installed (Debian package ${apt}; no root or no apt here)`,
      );
    }
    return;
  }
  const packages = missing.flatMap(({ apt }) => apt.split(' '));
  say(`Installing ${packages.join(', ')} by apt …`);
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  run('apt-get', ['update', '-qq'], 'apt-get update failed');
  withoutStarting(() =>
    run(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', ...packages],
      'the services could not be installed',
    ),
  );
  for (const { unit } of missing) {
    if (unit !== undefined && isInstalled('systemctl')) spawnSync('systemctl', ['disable', '--quiet', unit]);
  }
}

/** Debian starts what it installs, a web server on port 80 too; the tests start their own. */
function withoutStarting(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) {
    install();
    return;
  }
  const forget = () => rmSync(policy, { force: true });
  process.once('exit', forget); // where the installation fails, this process ends
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  install();
  forget();
}

function isInstalled(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => existsSync(join(folder, command)));
}
