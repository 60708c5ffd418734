import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { AccountsError } from './accountsError.ts';

/** A shorter password is refused (NIST SP 800-63B: 8 characters, no rules on which). */
export const minPasswordCharacters = 8;

/** A longer password is refused, in octets of UTF-8. */
export const maxPasswordOctets = 1_024;

export interface PasswordsOptions {
  /** Hashes computed at the same time; each takes 32 MiB and a thread of Node's pool, which has 4. Default 2. */
  readonly atOnce?: number;
  /** Further ones that wait; one more is refused. Default 20, which are about 2 s. */
  readonly waiting?: number;
}

/**
 * Hashes and checks passwords by scrypt, in bounded memory and threads, however many come at once.
 * A hash is a PHC string that holds its parameters: `$scrypt$ln=15,r=8,p=3$<salt>$<key>`.
 */
export class Passwords {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  readonly #nobody: ParsedHash = { ln, r, p, salt: randomBytes(saltOctets), key: randomBytes(keyOctets) };
  #running = 0;
  #computed = 0;

  constructor({ atOnce = 2, waiting = 20 }: PasswordsOptions = {}) {
    this.#atOnce = atOnce;
    this.#maxWaiting = waiting;
  }

  /** How many times scrypt was run. */
  get computed(): number {
    return this.#computed;
  }

  /**
   * The hash to keep of a new password.
   * @throws AccountsError `ERR_ACCOUNTS_VALUE` for one too short or too long, `ERR_ACCOUNTS_BUSY`
   */
  async hash(password: string): Promise<string> {
    checkNewPassword(password);
    const salt = randomBytes(saltOctets);
    const key = await this.#derive(password, { ln, r, p, salt });
    return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`;
  }

  /**
   * Whether the password has this hash. Without a hash, for a user that is not there, it takes the same work.
   * @throws AccountsError `ERR_ACCOUNTS_BUSY` where too many wait already
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const expected = hash === undefined ? this.#nobody : parseHash(hash);
    if (expected === undefined) throw new TypeError('this is no hash of a password');
    const isPossible = Buffer.byteLength(password) <= maxPasswordOctets;
    const key = await this.#derive(isPossible ? password : '', expected);
    return timingSafeEqual(key, expected.key) && isPossible && hash !== undefined;
  }

  async #derive(password: string, { ln, r, p, salt }: Cost): Promise<Buffer> {
    await this.#turn();
    try {
      this.#computed += 1;
      const N = 2 ** ln;
      // The same password typed on another system may come composed differently.
      return await runScrypt(password.normalize('NFKC'), salt, { N, r, p, maxmem: 2 * 128 * N * r });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  async #turn(): Promise<void> {
    if (this.#running < this.#atOnce) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      const checked = this.#running + this.#waiting.length;
      throw new AccountsError(
        'ERR_ACCOUNTS_BUSY',
        `${checked} passwords are being checked: try again in a moment`,
      );
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** Whether a text is a hash that `Passwords` made, of a cost that this program is willing to pay. */
export function isPasswordHash(text: string): boolean {
  return parseHash(text) !== undefined;
}

/**
 * The cost of new hashes. OWASP's choice for scrypt with 32 MiB (N = 2^15, r = 8, p = 3), as costly to guess as
 * its 128 MiB choice: 217 ms a hash on one core of a 2-core server (Node 20.20, 2026-11-22).
 */
const ln = 15;
const r = 8;
const p = 3;

const saltOctets = 16;
const keyOctets = 32;

interface Cost {
  /** Binary logarithm of scrypt's N. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
}

interface ParsedHash extends Cost {
  readonly key: Buffer;
}

/** Bounded, so that no file can ask for more than 256 MiB or for a hash that is cheap to guess. */
const hashForm = /^\$scrypt\$ln=(1[5-8]),r=(8),p=([1-8])\$([\w+/]{22})\$([\w+/]{43})$/;

function parseHash(text: string): ParsedHash | undefined {
  const [, ln, r, p, salt, key] = hashForm.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  return {
    ln: Number(ln),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64'),
    key: Buffer.from(key, 'base64'),
  };
}

function checkNewPassword(password: string): void {
  const octets = Buffer.byteLength(password);
  if (octets > maxPasswordOctets) {
    throw new AccountsError(
      'ERR_ACCOUNTS_VALUE',
      `the password has ${octets} octets, and at most ${maxPasswordOctets} are taken`,
    );
  }
  const characters = [...password.normalize('NFKC')].length;
  if (characters < minPasswordCharacters) {
    throw new AccountsError(
      'ERR_ACCOUNTS_VALUE',
      `the password has ${characters} characters, and at least ${minPasswordCharacters} are needed`,
    );
  }
}

function runScrypt(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, keyOctets, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

/** Base64 without padding, as PHC strings have it. */
function unpadded(octets: Buffer): string {
  return octets.toString('base64').replace(/=+$/, '');
}
