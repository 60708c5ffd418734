// The STOMP checklist of packages/stomp against any server:
//   npm run checklist -- --url tcp://127.0.0.1:61613 --login guest --passcode guest
// The points are those of packages/stomp/test/checklist, which vite loads as they are.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { fail, root, say } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    login: { type: 'string' },
    passcode: { type: 'string' },
    quiet: { type: 'string', default: '150' },
    close: { type: 'string', default: '2000' },
  },
});
const url = URL.canParse(values.url ?? '') ? new URL(values.url) : undefined;
if (!url || !['tcp:', 'ws:', 'wss:'].includes(url.protocol)) {
  fail(
    'usage: npm run checklist -- --url tcp://host:port|ws://host:port/path [--login name --passcode word] ' +
      '[--quiet 150] [--close 2000] (ms without an answer; ms that the server has to close)',
  );
}

const { module } = await runnerImport(join(root, 'packages/stomp/test/checklist/against.ts'), {
  configFile: false,
  root,
  logLevel: 'error',
});
const remote = {
  url,
  login: values.login,
  passcode: values.passcode,
  quietMs: Number(values.quiet),
  closeMs: Number(values.close),
};
const results = await module.ask(remote, ({ point, name, wrong, left }) => {
  const how = left ? `not asked: ${left}` : wrong.length === 0 ? 'met' : `MISSED: ${wrong.join('; ')}`;
  say(`${String(point).padStart(3)}. ${name}: ${how}`);
});
const asked = results.filter(({ left }) => !left);
const met = asked.filter(({ wrong }) => wrong.length === 0);
say(`${met.length} of ${asked.length} points met by ${url.href}`);
process.exit(met.length === asked.length ? 0 : 1);
