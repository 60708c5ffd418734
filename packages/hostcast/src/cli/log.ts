import { pino } from 'pino';
import pinoPretty from 'pino-pretty';
import type { LogLevel } from '../config/config.ts';

/** Lines for eyes on a terminal, JSON everywhere else; both on the standard output. */
export function createLog({ level, isTerminal }: { level: LogLevel; isTerminal: boolean }): pino.Logger {
  return isTerminal
    ? createTerminalLog({ level, destination: 1, colorize: true })
    : pino({ level, base: null, hooks: { streamWrite: legibleJson } });
}

/**
 * A log for a terminal, in which nothing that a stranger has chosen (a name, a path, an error that quotes them) can
 * give the terminal an order, change the direction of the text or begin a line of its own.
 */
export function createTerminalLog(options: {
  readonly level: LogLevel;
  readonly destination: number | NodeJS.WritableStream;
  readonly colorize: boolean;
}): pino.Logger {
  const { level, destination, colorize } = options;
  const pretty = pinoPretty({
    sync: true,
    destination,
    colorize,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,audit',
  });
  return pino({ level, base: null, hooks: { streamWrite: harmless } }, pretty);
}

/** What terminals obey or what hides what is there: C0 and DEL, but for the ends of lines before a stack's frames, … */
const escaped = /\\(?:u(00[01][0-9a-f]|007f)|(n {4}at |["\\/bfnrt]))/gi;
const shown = new Map([
  ['b', '<08>'],
  ['f', '<0c>'],
  ['n', ' '],
  ['r', ' '],
  ['t', ' '],
]);
/** … C1, marks that change the direction or take no room. */
const raw = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** The same JSON for whoever looks at it with `cat`: JSON itself leaves these as they are. */
export function legibleJson(line: string): string {
  return line.replace(raw, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A line of JSON, in whose texts such characters are shown by their number: `<1b>`. */
function harmless(line: string): string {
  const visible = line.replace(escaped, (whole, hex: string | undefined, short: string | undefined) => {
    if (hex !== undefined) return `<${hex.slice(2).toLowerCase()}>`;
    return shown.get(short ?? '') ?? whole;
  });
  return visible.replace(raw, (character) => `<${character.charCodeAt(0).toString(16)}>`);
}
