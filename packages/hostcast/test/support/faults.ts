import { spawnSync } from 'node:child_process';

/** Why hostcast can't be started on a small file system of its own; undefined where it can. */
export function mountMissing(): string | undefined {
  return reason('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/tmp']);
}

/** Why system calls of a process can't be tampered with; undefined where they can. */
export function straceMissing(): string | undefined {
  return reason('strace', ['-f', '-o', '/dev/null', '-e', 'inject=fdatasync:error=EIO', 'true']);
}

/** A command to start a program under: `folder` is then a file system of that size, which only the program sees. */
export function onSmallDisk(folder: string, size: string): readonly string[] {
  const script = `mount -t tmpfs -o size=${size} none "$0" && exec "$@"`;
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, folder];
}

/** The same with a copy of another folder in it, and no room for anything more: the rest is in a file `ballast`. */
export function onFullDisk(folder: string, size: string, content: string): readonly string[] {
  const fill = 'cp -a "$1"/. "$0" && { cat /dev/zero > "$0/ballast" 2> /dev/null; shift; exec "$@"; }';
  const script = `mount -t tmpfs -o size=${size} none "$0" && ${fill}`;
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', script, folder, content];
}

/** A command to start a program under: each of the system calls is done as the expression of strace says. */
export function withInjected(expression: string): readonly string[] {
  const call = expression.split(':', 1)[0]!;
  // -D: the program is the child that one waits for and signals, and strace stands aside.
  return [
    'strace',
    '-D',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${expression}`,
  ];
}

function reason(command: string, args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return undefined;
  return `${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`;
}
