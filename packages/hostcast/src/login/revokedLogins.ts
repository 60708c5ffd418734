import { join } from 'node:path';
import { z } from 'zod';
import { AccountsError } from '../accounts/accountsError.ts';
import { readPrivately, writePrivately } from '../accounts/accountsFile.ts';
import { LoginError } from '../security/loginError.ts';
import { jwtSecretName } from './jwtSecret.ts';

const fileName = 'revoked-logins.json';

/** Each takes about 60 octets of the file. */
const maxLogins = 100_000;

const content = z.strictObject({
  version: z.literal(1),
  /** Login, and the epoch ms from when on none of its tokens is good any more. */
  revoked: z.array(z.tuple([z.string(), z.number()])),
});

/** The logins that were ended before their tokens were, in `revoked-logins.json` of the data folder. */
export class RevokedLogins {
  readonly #folder: string;
  readonly #nowMs: () => number;
  readonly #untilMs: Map<string, number>;

  private constructor(folder: string, nowMs: () => number, untilMs: Map<string, number>) {
    this.#folder = folder;
    this.#nowMs = nowMs;
    this.#untilMs = untilMs;
  }

  /** @throws AccountsError `…_DAMAGED`, `…_FOLDER`: without it, who has logged out would be let in */
  static open(folder: string, nowMs: () => number): RevokedLogins {
    return new RevokedLogins(folder, nowMs, new Map(read(folder)));
  }

  has(login: string): boolean {
    return this.#untilMs.has(login);
  }

  /**
   * Ends a login, whose tokens are good until `untilMs` at the latest. It is on disk when this returns.
   * @throws LoginError 503 where there are too many; AccountsError `…_FOLDER`, and it is ended nevertheless
   */
  add(login: string, untilMs: number): void {
    for (const [other, endMs] of this.#untilMs) {
      if (endMs <= this.#nowMs()) this.#untilMs.delete(other);
    }
    if (this.#untilMs.size >= maxLogins) {
      throw new LoginError(`${maxLogins} logins were ended of late, and more can't be remembered`, {
        statusCode: 503,
        waitMs: 60_000,
      });
    }
    this.#untilMs.set(login, untilMs);
    const text = JSON.stringify({ version: 1, revoked: [...this.#untilMs] });
    writePrivately(this.#folder, join(this.#folder, fileName), `${text}\n`);
  }
}

function read(folder: string): readonly [string, number][] {
  const path = join(folder, fileName);
  const text = readPrivately(folder, path)?.text;
  if (text === undefined) return [];
  try {
    return content.parse(JSON.parse(text)).revoked;
  } catch (cause) {
    const remedy = `remove it and ${jwtSecretName} as well, and everybody has to sign in again`;
    throw new AccountsError('ERR_ACCOUNTS_DAMAGED', `${path} is damaged: ${remedy}`, { cause });
  }
}
