// The programs of the fan-out benchmark: what this machine can run, on which core, and what it compiles.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';

/** Whether a program can be pinned to a core, so that server and clients don't take each other's. */
export const pins = availableParallelism() > 1 && works('taskset', ['-V']);

/** Why nothing in C can run here, or undefined where it can: the programs use epoll. */
export const cMissing = whyNoC();

/** The command on the first core, where the servers run. */
export const onFirstCore = (command) => pinned(0, command);

/** The command on the last core, where the clients run. */
export const onLastCore = (command) => pinned(availableParallelism() - 1, command);

/** The program of files in C, compiled into that folder unless it is there; called as the first of them. */
export function compiled(folder, ...files) {
  const program = join(folder, basename(files[0], '.c'));
  if (!existsSync(program)) {
    const sources = files.map((file) => join(import.meta.dirname, file));
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', program, ...sources], { stdio: 'inherit' });
  }
  return program;
}

function pinned(core, command) {
  return pins ? ['taskset', '-c', String(core), ...command] : command;
}

function whyNoC() {
  if (process.platform !== 'linux') return 'not on Linux';
  if (!works('cc', ['--version'])) return 'no C compiler (apt-get install gcc libc6-dev)';
  // A compiler may be there without what it compiles against.
  const hasHeaders = works('cc', ['-fsyntax-only', '-x', 'c', '-'], '#include <sys/epoll.h>\n');
  return hasHeaders ? undefined : 'a C compiler without headers (apt-get install libc6-dev)';
}

function works(command, args, input = '') {
  return spawnSync(command, args, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}
