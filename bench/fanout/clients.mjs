// The clients of the fan-out benchmark, in a process of their own on the last core. Those in C (load.c) are told by lines,
// those in Node (load.mjs) by IPC; both take the same orders.
import { fork, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, endWithUs } from '../support/resources.mjs';
import { bodiesOf, compare, complete } from './orders.mjs';
import { compiled, onLastCore } from './programs.mjs';

/** Starts clients in C, which keep what they need in that folder. */
export function startLoad(folder) {
  // Where there is but one core, what spins takes the server's time.
  const sleepMs = availableParallelism() > 1 ? 0 : 1;
  const [command, ...args] = onLastCore([compiled(folder, 'load.c', 'connection.c'), String(sleepMs)]);
  const child = spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  endWithUs(child);
  child.stdin.on('error', () => {}); // it has ended: its output says so, and why
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const order = async (name, argument) => {
    child.stdin.write(`${lineOf(name, argument)}\n`);
    return await answerOf(lines);
  };
  return {
    async order(name, argument) {
      const all = complete(name, argument);
      return name === 'publish' ? await publish(order, all, folder) : await order(name, all);
    },
    stop: () => end(child),
  };
}

/** Starts clients in Node: for where those in C can't run. */
export function startNodeLoad() {
  const [execPath, ...execArgv] = onLastCore([process.execPath]);
  const child = fork(join(import.meta.dirname, 'load.mjs'), { execPath, execArgv });
  endWithUs(child);
  return {
    order: (order, argument) =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error('the clients have ended'));
        child.once('exit', ended);
        child.once('message', ({ result, error }) => {
          child.off('exit', ended);
          if (error === undefined) resolve(result);
          else reject(new Error(error));
        });
        child.send({ order, argument: complete(order, argument) });
      }),
    stop: () => end(child),
  };
}

/** Bodies are handed over as a file; what came compressed comes back in another, because C has no zlib by itself. */
async function publish(order, { isTick, ...argument }, folder) {
  const bodies = bodiesOf({ bytes: argument.bytes, isTick });
  writeFileSync(join(folder, 'bodies'), bodies.join(''), 'latin1');
  const result = await order('publish', { ...argument, bodies: 'bodies', compressed: 'compressed' });
  const came = readFileSync(join(folder, 'compressed'));
  for (let at = 0; at < came.length; ) {
    const [index, length] = [came.readUInt32LE(at), came.readUInt32LE(at + 4)];
    at += 8 + length;
    compare(came.latin1Slice(at - length, at), true, bodies[index]);
  }
  return result;
}

/** `publish ahead=8 seconds=0.6`; what is or isn't so is 1 or 0. */
function lineOf(order, argument) {
  const values = Object.entries(argument).map(
    ([name, value]) => ` ${name}=${typeof value === 'boolean' ? Number(value) : value}`,
  );
  return order + values.join('');
}

/** `done name=number …`, before it `failure number what` of what was done in spite of it. */
async function answerOf(lines) {
  const failures = [];
  for (;;) {
    const { value: line, done } = await lines.next();
    if (done) throw new Error('the clients have ended');
    const [, word, text] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (word === 'failed') throw new Error(text);
    if (word === 'failure') {
      const [, count, what] = /^(\d+) (.*)$/.exec(text);
      failures.push([what, Number(count)]);
      continue;
    }
    const figures = [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, Number(value)]);
    return { ...Object.fromEntries(figures), failures };
  }
}
