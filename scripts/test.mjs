// `npm test`: installs what is missing, then every check and every test. Its last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { installServices } from './services.mjs';
import { buildStale, installMissing, requireNode, root, say } from './workspace.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
// What passed at its second try: see vitest.config.ts.
const repeated = [];
// Also where an installation or the build ends the process: the last line says how it went.
process.on('exit', (code) => {
  if (code !== 0 && total.failed === 0) total.failed = 1;
  for (const each of repeated) say(`PASSED AT ITS SECOND TRY: ${each}`);
  for (const failure of failures) say(`FAILED: ${failure}`);
  say(
    `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
  );
});

requireNode();
installMissing();
installServices();
buildStale();

check('types', 'npm', ['run', '--silent', 'check:types']);
check('lint and format', 'npm', ['run', '--silent', 'check:lint']);
check('layers', 'npm', ['run', '--silent', 'check:layers']);
check('unused code and dependencies', 'npm', ['run', '--silent', 'check:unused']);
check('package of the STOMP server', 'npm', ['run', '--silent', 'check:package']);
for (const project of ['unit', 'integration', 'browser']) test(project);

process.exit(total.failed > 0 ? 1 : 0);

function check(name, command, args) {
  say(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) {
    total.passed += 1;
  } else {
    total.failed += 1;
    failures.push(name);
  }
}

function test(project) {
  say(`\n== ${project} tests`);
  const folder = mkdtempSync(join(tmpdir(), 'hostcast-test-'));
  const report = join(folder, 'report.json');
  const args = [
    'vitest',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const { status } = spawnSync('npx', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  let counted = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, testResults: [] };
  try {
    counted = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    say(`the ${project} tests left no report`);
  }
  rmSync(folder, { recursive: true, force: true });
  total.passed += counted.numPassedTests;
  total.skipped += counted.numPendingTests;
  // A file that cannot be loaded, or an error outside any test, fails the run without a failed test.
  const failed = status === 0 ? counted.numFailedTests : Math.max(1, counted.numFailedTests);
  total.failed += failed;
  for (const { name, assertionResults } of counted.testResults) {
    const passed = assertionResults.filter(({ status }) => status === 'passed');
    repeated.push(
      ...told(
        name,
        passed.filter(({ failureMessages }) => failureMessages.length > 0),
      ),
    );
  }
  if (failed > 0) failures.push(`${project} tests`, ...failedTests(counted.testResults));
}

/** What failed, with the first line of why: a log is often read from its end. */
function failedTests(files) {
  return files.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [`${relative(root, name)}: ${firstLine(message)}`];
    return told(name, failed);
  });
}

function told(file, results) {
  return results.map(
    ({ fullName, failureMessages }) =>
      `${relative(root, file)}: ${fullName}: ${firstLine(failureMessages[0])}`,
  );
}

function firstLine(text = '') {
  return text.split('\n', 1)[0];
}
