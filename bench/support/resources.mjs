// What a benchmark has started or written is ended and removed when it ends, whatever way it ends.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder;

/** A folder for everything that this run writes. */
export function workFolder() {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'hostcast-bench-'));
    const cleaner = `while read _; do :; done; rm -rf "$0"`;
    // Lives until the pipe from here closes, which also SIGKILL does.
    const watcher = spawn('sh', ['-c', cleaner, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    watcher.unref();
    watcher.stdin.unref?.();
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  return folder;
}

/** A process that must not outlive this one: ended by another that waits for the pipe from here to close. */
export function endWithUs(child) {
  const script = 'while read _; do :; done; kill -9 "$0" 2>/dev/null';
  const watcher = spawn('sh', ['-c', script, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.unref();
  watcher.stdin.unref?.();
  child.once('exit', () => watcher.kill());
}

/** Ends a process and waits until it is gone. */
export async function end(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(timer);
}
