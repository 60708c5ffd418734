// The built hostcast in a process of its own, on a free port.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { end, endWithUs } from './resources.mjs';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'packages/hostcast/dist/main.js');

/** Starts it over a data folder and waits until it listens; `probe` is imported before it and can be asked. */
export async function startHostcast(folder, flags = [], { probe } = {}) {
  const watched = probe === undefined ? [] : ['--import', probe];
  const all = ['--port', '0', '--data', folder, '--no-collect', '--log-level', 'warn', ...flags];
  const child = spawn(process.execPath, [...watched, program, ...all], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  endWithUs(child);
  let output = '';
  const url = await new Promise((resolve, reject) => {
    const hear = (text) => {
      output += text;
      const found = /Page +(http:\/\/\S+)[\s\S]*Ctrl-C stops it/.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => reject(new Error(`hostcast ended with ${code}:\n${output}`)));
  });
  return {
    url,
    pid: child.pid,
    /** Sends the probe a word and gives its answer. */
    ask(word) {
      const answered = new Promise((resolve) => child.once('message', resolve));
      child.send(word);
      return answered;
    },
    stop: () => end(child),
  };
}
