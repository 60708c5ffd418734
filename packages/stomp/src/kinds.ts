import { types } from 'node:util';

/** What a value that the application gives has to be, in words. */
export type Kind = keyof typeof kinds;

// Types are for those who compile: plain JavaScript comes as well, and `'*'` for `['*']` is soon written.
const kinds = {
  anything: () => true,
  text: (value: unknown) => typeof value === 'string',
  'true or false': (value: unknown) => typeof value === 'boolean',
  'a function': (value: unknown) => typeof value === 'function',
  'an object': isObject,
  'true, false or an object': (value: unknown) => typeof value === 'boolean' || isObject(value),
  'a list of text': (value: unknown) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string'),
  'a list of two numbers': (value: unknown) => Array.isArray(value),
  'text or octets (Uint8Array)': (value: unknown) => typeof value === 'string' || types.isUint8Array(value),
} as const;

/** TypeError where a value is of another kind: `option path has to be text, not a number`. */
export function expectKind(value: unknown, kind: Kind, what: string): void {
  if (!kinds[kind](value)) throw new TypeError(`${what} has to be ${kind}, not ${inWords(value)}`);
}

/** TypeError where an object has a name that is not known, or a value of another kind; undefined is as left out. */
export function expectKinds(given: object, known: Readonly<Record<string, Kind>>, what: string): void {
  for (const [name, value] of Object.entries(given)) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      const names = Object.keys(known).join(', ');
      throw new TypeError(`unknown ${what} ${JSON.stringify(name)}; there are ${names}`);
    }
    if (value !== undefined) expectKind(value, kind, `${what} ${name}`);
  }
}

/** TypeError where an interceptor is no object, or has a hook that is no function; undefined is as left out. */
export function expectHooks(interceptor: object, hooks: readonly string[]): void {
  expectKind(interceptor, 'an object', 'an interceptor');
  for (const name of hooks) {
    const hook: unknown = Reflect.get(interceptor, name);
    if (hook !== undefined) expectKind(hook, 'a function', `hook ${name}`);
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Never the value of text: it may be a secret.
function inWords(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
