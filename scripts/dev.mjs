// `npm run dev`: the server from dist, rebuilt by `tsc --watch` and restarted by node when it changes, and the
// page from Vite's development server, which hands /api and /ws on to it.
import { spawn } from 'node:child_process';
import { buildStale, installMissing, requireNode, root, say } from './workspace.mjs';

requireNode();
installMissing();
buildStale();

const children = [
  ...['stomp', 'tsdb', 'hostcast'].map((name) =>
    start('npx', ['tsc', '-p', `packages/${name}`, '--watch', '--preserveWatchOutput']),
  ),
  start('node', ['--watch', 'packages/hostcast/dist/main.js', ...process.argv.slice(2)]),
  start('npx', ['vite', 'packages/page']),
];
say('The page with live reload is at the address that Vite prints.');

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    for (const child of children) child.kill('SIGTERM');
  });
}

function start(command, args) {
  return spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
}
