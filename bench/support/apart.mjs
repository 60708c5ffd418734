// A part of a benchmark in a process of its own: no other part's garbage is in its heap, none of its code is
// compiled for another's data. Called with a module and the name of one of its functions, it runs that function.
import { fork } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { endWithUs } from './resources.mjs';

/** Runs an exported function of a module in a new process; arguments and result are JSON. */
export async function apart(module, name, argument, { flags = [], onProgress = () => {} } = {}) {
  const child = fork(import.meta.filename, [module, name], { execArgv: ['--expose-gc', ...flags] });
  endWithUs(child);
  return await new Promise((resolve, reject) => {
    child.on('message', ({ progress, result, error }) => {
      if (progress !== undefined) onProgress(progress);
      else if (error !== undefined) reject(new Error(error));
      else resolve(result);
    });
    child.once('exit', (code, signal) => reject(new Error(`${name} ended with ${signal ?? code}`)));
    child.send(argument ?? {});
  });
}

if (process.argv[1] === import.meta.filename && process.send) {
  process.once('message', async (argument) => {
    const [, , module, name] = process.argv;
    try {
      const progress = (text) => process.send({ progress: text });
      const result = await (await import(pathToFileURL(module)))[name](argument, progress);
      process.send({ result: result ?? null }, () => process.exit(0));
    } catch (error) {
      process.send({ error: error.stack ?? String(error) }, () => process.exit(1));
    }
  });
}
