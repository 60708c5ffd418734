import { isIP } from 'node:net';
import { measurementOf } from '../metrics/measurements.ts';

/** A value that is no good; the message says what it has to be, beginning with "it". */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
}

/** What a setting can hold: how it is written in a flag, in the environment and in TOML. */
export interface Kind<Value> {
  /** What stands for it in the help: `<duration>`. */
  readonly placeholder: string;
  /** Its type in TOML. A list is a list of texts. */
  readonly toml: 'string' | 'integer' | 'boolean' | 'list';
  /** @throws InvalidValue */
  read(text: string): Value;
  /** As `read` takes it. */
  show(value: Value): string;
}

const largestText = 4_096;
const largestList = 1_000;

/** Any text on one line that is not empty. */
export function text(placeholder: string, pattern?: RegExp, what?: string): Kind<string> {
  return textKind(`<${placeholder}>`, (given) => {
    if (pattern === undefined || pattern.test(given)) return given;
    throw new InvalidValue(`it is ${what}, not ${quoted(given)}`);
  });
}

/** A text that is not repeated in messages; it may be longer than a line. */
export const secret: Kind<string> = {
  placeholder: '<secret>',
  toml: 'string',
  read(given) {
    if (given !== '' && given.length <= largestText) return given;
    throw new InvalidValue(`it is a text of 1 to ${largestText} characters`);
  },
  show: () => '********',
};

/** One of these words. */
export function choice<const Word extends string>(placeholder: string, words: readonly Word[]): Kind<Word> {
  return {
    placeholder: `<${placeholder}>`,
    toml: 'string',
    read(given) {
      const word = words.find((each) => each === given);
      if (word !== undefined) return word;
      throw new InvalidValue(`it is ${oneOf(words)}, not ${quoted(given)}`);
    },
    show: (value) => value,
  };
}

/** A whole number. */
export function number(least: number, most: number): Kind<number> {
  return {
    placeholder: '<number>',
    toml: 'integer',
    read(given) {
      const value = Number(given);
      if (/^\d{1,15}$/.test(given) && value >= least && value <= most) return value;
      throw new InvalidValue(`it is a number from ${least} to ${most}, not ${quoted(given)}`);
    },
    show: String,
  };
}

export const truth: Kind<boolean> = {
  placeholder: '',
  toml: 'boolean',
  read(given) {
    if (given === 'true' || given === 'false') return given === 'true';
    throw new InvalidValue(`it is true or false, not ${quoted(given)}`);
  },
  show: String,
};

const durations = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A number with its unit, as `10s`; ms inside. The bounds and the example are written the same way. */
export function duration(least: string, most: string, example: string): Kind<number> {
  return measured('duration', durations, least, most, example);
}

const sizes = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 };

/** A number with its unit, as `16MiB`; octets inside. The bounds and the example are written the same way. */
export function size(least: string, most: string, example: string): Kind<number> {
  return measured('size', sizes, least, most, example);
}

/** The path of a file or a folder. */
export function path(placeholder: 'file' | 'folder'): Kind<string> {
  return textKind(`<${placeholder}>`, (given) => given);
}

/** An http or https address; the message on a user or password in it says what to do instead. */
export function url(example: string, insteadOfUser: string): Kind<string> {
  return textKind('<url>', (given) => {
    const parsed = URL.canParse(given) ? new URL(given) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      throw new InvalidValue(`it is an http or https address, such as ${example}`);
    }
    if (parsed.username !== '' || parsed.password !== '') throw new InvalidValue(insteadOfUser);
    return given.replace(/\/+$/, '');
  });
}

/** A name by which a browser calls hostcast, without scheme and port; or `*`. */
export const hostName: Kind<string> = textKind('<name>', (given) => {
  if (given === '*' || /^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$/i.test(given)) return given.toLowerCase();
  throw new InvalidValue(`it is a host name without scheme and port, not ${quoted(given)}`);
});

/** Scheme, host and port of a page, as browsers send it, with `*` in the host for any characters, or `:[*]` for any port; or `*`. */
export const origin: Kind<string> = textKind('<origin>', (given) => {
  if (given === '*') return given;
  const bare = given.toLowerCase().replace(/\/$/, '');
  const filled = bare.replace(/:\[\*\]$/, '').replaceAll('*', 'x');
  if (/^https?:/.test(bare) && URL.canParse(filled) && new URL(filled).origin === filled) return bare;
  throw new InvalidValue(`it is an origin such as https://status.example.org, not ${quoted(given)}`);
});

/** An IP address, or a network as address and length of its prefix. */
export const network: Kind<string> = textKind('<network>', (given) => {
  const [, address = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(given) ?? [];
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8; less than 96 bits of it name no IPv4 network.
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (mapped !== undefined && prefix !== undefined && Number(prefix) < 96) {
    const instead = Number(prefix) <= 32 ? `write ${mapped}/${prefix}` : 'its prefix has 96 bits at least';
    throw new InvalidValue(`${instead}, not ${quoted(given)}`);
  }
  if (bits >= 0 && Number(prefix ?? 0) <= bits) return given;
  throw new InvalidValue(`it is an IP address or a network such as 10.0.0.0/8, not ${quoted(given)}`);
});

/** Fields of a measurement, `measurement.field`, where `*` stands for any characters. */
export const fieldPattern: Kind<string> = textKind('<measurement.field>', (given) => {
  const [measurement = '', field = ''] = given.split(/\.(.*)/s);
  if (measurement === '' || field === '') {
    throw new InvalidValue(
      `it is measurement.field, such as nginx.requests or myapp.*_total, not ${quoted(given)}`,
    );
  }
  if (measurementOf(measurement) === undefined) return given;
  throw new InvalidValue(`it names a field of ${measurement}, whose fields hostcast knows`);
});

/** Several of one kind: with commas between them, or as a list in TOML. */
export function list<Item>(items: Kind<Item>): Kind<readonly Item[]> {
  return {
    placeholder: items.placeholder.replace('>', ',…>'),
    toml: 'list',
    read(given) {
      const parts = given
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
      if (parts.length > largestList) throw new InvalidValue(`it has at most ${largestList} entries`);
      return parts.map((part) => items.read(part));
    },
    show: (values) => values.map((value) => items.show(value)).join(','),
  };
}

/** `"so"`, short, and without what could play with a terminal. */
export function quoted(given: string): string {
  return JSON.stringify(given.length > 60 ? `${given.slice(0, 60)}…` : given);
}

function textKind(placeholder: string, read: (given: string) => string): Kind<string> {
  return {
    placeholder,
    toml: 'string',
    read(given) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      if (given !== '' && given.length <= largestText && !/[\u0000-\u001f\u007f]/.test(given)) {
        return read(given);
      }
      throw new InvalidValue(`it is a text of 1 to ${largestText} characters on one line`);
    },
    show: (value) => value,
  };
}

function measured(
  what: string,
  units: Readonly<Record<string, number>>,
  least: string,
  most: string,
  example: string,
): Kind<number> {
  const inUnits = (given: string): number => {
    const [, digits = '', unit = ''] = /^(\d{1,12})([A-Za-z]+)$/.exec(given) ?? [];
    return Number(digits) * (Object.hasOwn(units, unit) ? units[unit]! : Number.NaN);
  };
  return {
    placeholder: `<${what}>`,
    toml: 'string',
    read(given) {
      const value = inUnits(given);
      if (value >= inUnits(least) && value <= inUnits(most)) return value;
      throw new InvalidValue(
        `it is a ${what} from ${least} to ${most}, such as ${example}, not ${quoted(given)}`,
      );
    },
    show(value) {
      const largestFirst = Object.entries(units).reverse();
      const [unit, factor] = largestFirst.find(([, each]) => value % each === 0) ?? ['', 1];
      return `${value / factor}${unit}`;
    },
  };
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
