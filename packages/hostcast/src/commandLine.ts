/** How the user started hostcast: for texts that show a command which can be repeated with a change. */
export class CommandLine {
  readonly #command: string;
  readonly #args: readonly string[];

  /** @param command what comes before the flags: `npm start --` or `hostcast` */
  constructor(command: string, args: readonly string[]) {
    this.#command = command;
    this.#args = args;
  }

  /** The same command with these flags set: `with({ '--port': '4679' })` gives `npm start -- --data x --port 4679`. */
  with(changes: Readonly<Record<string, string>>): string {
    const kept: string[] = [];
    for (let i = 0; i < this.#args.length; i += 1) {
      const arg = this.#args[i]!;
      const isChanged = Object.keys(changes).some((flag) => arg === flag || arg.startsWith(`${flag}=`));
      if (!isChanged) kept.push(quoted(arg));
      else if (!arg.includes('=')) i += 1; // its value
    }
    const set = Object.entries(changes).flatMap(([flag, value]) => [flag, quoted(value)]);
    return [this.#command, ...kept, ...set].join(' ');
  }

  /** Another command of the same program: `other('user list', { '--data': '/d' })` gives `hostcast user list --data /d`. */
  other(words: string, flags: Readonly<Record<string, string>>): string {
    const set = Object.entries(flags).flatMap(([flag, value]) => [flag, quoted(value)]);
    return [this.#command, words, ...set].filter((word) => word !== '').join(' ');
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./<>-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
