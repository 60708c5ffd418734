import { createHmac, randomBytes } from 'node:crypto';
import { networkOf } from '@hostcast/stomp';
import type { Account, Accounts } from '../accounts/accounts.ts';
import { AccountsError } from '../accounts/accountsError.ts';
import { createRateLimit, type RateLimit } from '../network/rateLimit.ts';
import type { Audit } from '../security/audit.ts';
import { LoginError } from '../security/loginError.ts';

export interface PasswordLoginsOptions {
  readonly accounts: Accounts;
  /** By address and name. */
  readonly limit: RateLimit;
  readonly audit: Pick<Audit, 'record' | 'count'>;
}

/** A password that was right is not computed again for so long: programs that send it each time can go on. */
const rememberedMs = 600_000;
const maxRemembered = 1_000;

/** Passwords of one address that are computed or wait for it: fewer than there is room for, so that others get in. */
const maxComputing = 6;

/** Checks names and passwords, so many a minute, and notes who came and who did not. */
export class PasswordLogins {
  readonly #options: PasswordLoginsOptions;
  readonly #key = randomBytes(32);
  // By HMAC of name, password, network and the account's version; until when, monotonic ms.
  readonly #remembered = new Map<string, number>();
  // How many are computed, by network.
  readonly #computing = new Map<string, number>();
  /** Above the limit nothing bounds the attempts but the network: so many lines a minute are enough to see it. */
  readonly #noted = createRateLimit({ perMinute: 10 });

  constructor(options: PasswordLoginsOptions) {
    this.#options = options;
  }

  /**
   * The user. A person who signs in is counted and audited each time, a program that sends its password again and
   * again when it is wrong, and when it is new from there.
   * @throws LoginError 401 in the same words whatever is wrong, 429 above the limit, 503
   */
  async check(
    name: string,
    password: string,
    address: string,
    { isSigningIn = false } = {},
  ): Promise<Account> {
    const { accounts, limit, audit } = this.#options;
    // A name that nobody has may be a password that was typed into the wrong box.
    const who = { user: accounts.user(name)?.name, address };
    // Comes first: one that is remembered could be guessed without limit otherwise.
    const waitMs = await limit.take(address, name);
    if (waitMs > 0) {
      if ((await this.#noted.take(address)) === 0) {
        audit.record('login refused', { ...who, reason: 'too many attempts' });
      } else audit.count('login refused');
      throw new LoginError('too many logins: wait a moment', { statusCode: 429, waitMs });
    }
    const known = this.#recall(name, password, address);
    const account = known ?? (await this.#verify(name, password, address));
    if (account === undefined) {
      audit.record('login refused', { ...who, reason: 'wrong name or password' });
      throw new LoginError('name or password is wrong');
    }
    if (!isSigningIn) await limit.giveBack(address, name);
    if (known === undefined || isSigningIn) audit.record('login', who);
    if (known === undefined) this.#remember(account, password, address);
    return account;
  }

  async #verify(name: string, password: string, address: string): Promise<Account | undefined> {
    const network = networkOf(address);
    const others = this.#computing.get(network) ?? 0;
    if (others >= maxComputing) throw busy();
    this.#computing.set(network, others + 1);
    try {
      return await this.#options.accounts.verifyPassword(name, password);
    } catch (cause) {
      if (!(cause instanceof AccountsError) || cause.code !== 'ERR_ACCOUNTS_BUSY') throw cause;
      throw busy(cause);
    } finally {
      const rest = (this.#computing.get(network) ?? 0) - 1;
      if (rest > 0) this.#computing.set(network, rest);
      else this.#computing.delete(network);
    }
  }

  #recall(name: string, password: string, address: string): Account | undefined {
    const account = this.#options.accounts.user(name);
    // The same work for a name that is not there.
    const untilMs = this.#remembered.get(this.#keyOf(account ?? { name, version: 0 }, password, address));
    return untilMs !== undefined && untilMs > performance.now() ? account : undefined;
  }

  #remember(account: Account, password: string, address: string): void {
    const key = this.#keyOf(account, password, address);
    this.#remembered.delete(key); // so that it is the newest
    this.#remembered.set(key, performance.now() + rememberedMs);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > maxRemembered && oldest !== undefined) this.#remembered.delete(oldest);
  }

  #keyOf({ name, version }: Pick<Account, 'name' | 'version'>, password: string, address: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([name, version, password, networkOf(address)]))
      .digest('base64');
  }
}

function busy(cause?: unknown): LoginError {
  const message = 'many are signing in: try again in a moment';
  return new LoginError(message, { statusCode: 503, waitMs: 1_000, cause });
}
