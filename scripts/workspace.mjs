// What start, test and dev share: is everything installed, is the build up to date. Plain JavaScript without
// dependencies and without new syntax, because it runs before anything is installed and must be able to tell
// an old Node what is wrong.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Ends the process with a sentence on what to do where Node is not one that package.json allows. */
export function requireNode() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
  if (satisfies(process.versions.node, wanted)) return;
  fail(
    `hostcast needs Node ${wanted}; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Install a current Node, from nodejs.org or with a version manager, and run the command again.',
  );
}

/** Whether a version is in a range of the forms `^20.19.0 || >=22.12.0`. */
export function satisfies(version, range) {
  return range.split(' || ').some((part) => {
    const lowest = part.replace(/^(\^|>=)/, '');
    const isSameMajor = version.split('.')[0] === lowest.split('.')[0];
    return compareVersions(version, lowest) >= 0 && (isSameMajor || !part.startsWith('^'));
  });
}

/** Installs the packages of the lock file where they are missing, in part too, or older than the lock file. */
export function installMissing() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const hasTools = existsSync(join(root, 'node_modules', 'typescript'));
  if (hasTools && existsSync(installed) && mtimeMs(installed) >= mtimeMs(join(root, 'package-lock.json')))
    return;
  say('Installing packages (once, about half a minute) …');
  // The build needs the packages for development, also where NODE_ENV is production.
  run(
    'npm',
    ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    'the packages could not be installed',
  );
}

/** Builds, in order, the packages whose sources are newer than their last build, and all that follow. */
export function buildStale() {
  const folders = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces;
  let isStale = false;
  for (const folder of folders) {
    const stamp = join(root, 'node_modules', '.cache', 'hostcast', folder.replace(/\W/g, '-'));
    const newest = Math.max(...buildInputs(folder).map(newestMtimeMs));
    const output = join(root, folder === 'packages/page' ? 'packages/hostcast/dist/page' : `${folder}/dist`);
    isStale = isStale || !existsSync(stamp) || !existsSync(output) || mtimeMs(stamp) < newest;
    if (!isStale) continue;
    say(`Building ${folder} …`);
    const startedAt = new Date();
    run('npm', ['run', 'build', '--silent', '-w', folder], `${folder} could not be built`);
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, startedAt.toISOString());
    utimesSync(stamp, startedAt, startedAt); // what changed during the build is stale again
  }
}

/** Runs a command with this terminal; ends the process with the reason where it fails. */
export function run(command, args, whatFailed) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.signal) process.exit(130);
  if (result.error) fail(`${whatFailed}: ${result.error.message}`);
  if (result.status !== 0) fail(`${whatFailed}: "${command} ${args.join(' ')}" ended with ${result.status}`);
}

export function say(text) {
  process.stdout.write(`${text}\n`);
}

export function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

function buildInputs(folder) {
  return ['package-lock.json', 'tsconfig.base.json', `${folder}/package.json`, `${folder}/src`]
    .concat(
      folder === 'packages/page'
        ? [`${folder}/index.html`, `${folder}/vite.config.ts`, `${folder}/sharedKeys.ts`, `${folder}/public`]
        : [],
    )
    .map((path) => join(root, path))
    .filter((path) => existsSync(path));
}

function newestMtimeMs(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  // The folder's own time tells of files that were taken away.
  return Math.max(status.mtimeMs, ...readdirSync(path).map((name) => newestMtimeMs(join(path, name))));
}

function mtimeMs(path) {
  return statSync(path).mtimeMs;
}

function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i += 1)
    if ((left[i] || 0) !== (right[i] || 0)) return (left[i] || 0) - (right[i] || 0);
  return 0;
}
