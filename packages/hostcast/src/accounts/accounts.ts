import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import type { Right, Role, Scope } from '../security/principal.ts';
import { type AccountChange, changesBetween } from './accountChanges.ts';
import { AccountsError } from './accountsError.ts';
import {
  type Account,
  type AccountsContent,
  accountsFileName,
  currentSignature,
  makeFolder,
  maxTokens,
  maxUsers,
  nameForm,
  type ReadAccounts,
  readAccounts,
  type StoredToken,
  scopeSchema,
  type TokenRecord,
  writeAccounts,
} from './accountsFile.ts';
import { lockFile } from './fileLock.ts';
import { Passwords } from './passwords.ts';

export type { AccountChange } from './accountChanges.ts';
export type { Account, TokenRecord } from './accountsFile.ts';

/** A change that another process made is noticed within this time and a file's reading. */
const lookMs = 250;

export interface AccountsOptions {
  /** Epoch ms. Default `Date.now`. */
  readonly nowMs?: () => number;
  /** Default: one of its own. */
  readonly passwords?: Passwords;
  /** Look 4 times a second for what other processes change. Default false. */
  readonly watch?: boolean;
  /** The file became unusable: who was known before stays known, until it is mended. Once per state of the file. */
  readonly onTrouble?: (error: Error) => void;
}

export interface NewUser {
  readonly name: string;
  readonly role: Role;
  readonly scope?: Scope | undefined;
  readonly password: string;
}

export interface NewToken {
  readonly name: string;
  readonly right: Right;
  readonly scope?: Scope | undefined;
  /** Epoch ms. */
  readonly expiresAtMs?: number | undefined;
}

/**
 * The users and tokens of a data folder, in `accounts.json`. Several processes may change them at the same time;
 * nothing is lost. What is asked for is answered from memory; what is changed is on disk when the promise resolves.
 */
export class Accounts {
  readonly #folder: string;
  readonly #nowMs: () => number;
  readonly #passwords: Passwords;
  readonly #onTrouble: (error: Error) => void;
  readonly #listeners = new Set<(changes: readonly AccountChange[]) => void>();
  readonly #timer: NodeJS.Timeout | undefined;
  #content: AccountsContent = { revision: 0, users: [], tokens: [] };
  #users = new Map<string, Account>();
  #tokens = new Map<string, KnownToken>();
  #signature = 'none';
  #isLooking = false;

  private constructor(folder: string, options: AccountsOptions) {
    this.#folder = folder;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#passwords = options.passwords ?? new Passwords();
    this.#onTrouble = options.onTrouble ?? (() => {});
    this.#adopt(readAccounts(folder));
    if (options.watch) this.#timer = setInterval(() => void this.#look(), lookMs).unref(); // reports its own failures
  }

  /**
   * Reads the users and tokens of a data folder; where there is no file yet, there are none.
   * @throws AccountsError for a file that is damaged, of a newer format, or open to others
   */
  static open(folder: string, options: AccountsOptions = {}): Accounts {
    return new Accounts(folder, options);
  }

  /** All users, by name. */
  get users(): readonly Account[] {
    return [...this.#users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** All tokens, expired ones too, the oldest first. */
  get tokens(): readonly TokenRecord[] {
    return [...this.#tokens.values()].map(({ record }) => record);
  }

  user(name: string): Account | undefined {
    return this.#users.get(name);
  }

  /** The token with this id, expired or not. */
  token(id: string): TokenRecord | undefined {
    return this.#tokens.get(id)?.record;
  }

  /**
   * The user, where the password is theirs. It takes as long for a name that is not there.
   * @throws AccountsError `ERR_ACCOUNTS_BUSY` where too many passwords are being checked
   */
  async verifyPassword(name: string, password: string): Promise<Account | undefined> {
    const asked = this.#users.get(name);
    if (!(await this.#passwords.verify(password, asked?.passwordHash))) return undefined;
    const now = this.#users.get(name);
    return now?.version === asked?.version ? now : undefined;
  }

  /** The token that a text such as `hct_0123456789ab_…` is, where it is known and not expired. */
  verifyToken(text: string): TokenRecord | undefined {
    const id = tokenForm.exec(text)?.[1];
    const known = id === undefined ? undefined : this.#tokens.get(id);
    if (known === undefined || !timingSafeEqual(sha256(text), known.sha256)) return undefined;
    return this.isExpired(known.record) ? undefined : known.record;
  }

  isExpired({ expiresAtMs }: TokenRecord): boolean {
    return expiresAtMs !== undefined && expiresAtMs <= this.#nowMs();
  }

  /** @throws AccountsError `…_VALUE`, `…_EXISTS`, and what every change throws: `…_LOCKED`, `…_FOLDER`, … */
  async addUser({ name, role, scope, password }: NewUser): Promise<Account> {
    checkName('user', name);
    const checkedScope = checkScope(scope);
    const passwordHash = await this.#passwords.hash(password);
    return await this.#change((content, revision) => {
      const twin = content.users.find((user) => user.name.toLowerCase() === name.toLowerCase());
      if (twin !== undefined)
        throw new AccountsError('ERR_ACCOUNTS_EXISTS', `there is a user ${twin.name} already`);
      if (content.users.length >= maxUsers) throw tooMany('users', maxUsers);
      const createdMs = this.#nowMs();
      const account = { name, role, ...checkedScope, passwordHash, version: revision, createdMs };
      return [{ ...content, users: [...content.users, account] }, account];
    });
  }

  /** Logins by the old password end. @throws AccountsError `…_UNKNOWN`, `…_VALUE`, and what every change throws */
  async setPassword(name: string, password: string): Promise<Account> {
    if (!this.#users.has(name)) throw unknownUser(name);
    const passwordHash = await this.#passwords.hash(password);
    return await this.#changeUser(name, (user, version) => ({ ...user, passwordHash, version }));
  }

  /**
   * Gives a user another role and scope; undefined is every host.
   * @throws AccountsError `…_UNKNOWN`, `…_VALUE`, `…_LAST_ADMIN`, and what every change throws
   */
  async setRole(name: string, role: Role, scope: Scope | undefined): Promise<Account> {
    const checkedScope = checkScope(scope);
    return await this.#changeUser(name, ({ scope: _, ...user }) => ({ ...user, role, ...checkedScope }));
  }

  /** @throws AccountsError `…_UNKNOWN`, `…_LAST_ADMIN` without `force`, and what every change throws */
  async removeUser(name: string, { force = false } = {}): Promise<void> {
    await this.#change((content) => {
      const users = content.users.filter((user) => user.name !== name);
      if (users.length === content.users.length) throw unknownUser(name);
      if (!force) checkAdmins(content.users, users, name);
      return [{ ...content, users }, undefined];
    });
  }

  /** The text is given here and never again. @throws AccountsError `…_VALUE`, and what every change throws */
  async createToken({
    name,
    right,
    scope,
    expiresAtMs,
  }: NewToken): Promise<{ text: string; token: TokenRecord }> {
    checkName('token', name);
    const checkedScope = checkScope(scope);
    return await this.#change((content) => {
      if (content.tokens.length >= maxTokens) throw tooMany('tokens', maxTokens);
      const id = newId(content.tokens);
      const text = `hct_${id}_${randomBytes(32).toString('base64url')}`;
      const expiry = expiresAtMs === undefined ? {} : { expiresAtMs };
      const token: TokenRecord = { id, name, right, ...checkedScope, createdMs: this.#nowMs(), ...expiry };
      const stored = { ...token, sha256: sha256(text).toString('hex') };
      return [
        { ...content, tokens: [...content.tokens, stored] },
        { text, token },
      ];
    });
  }

  /** @throws AccountsError `…_UNKNOWN`, and what every change throws */
  async revokeToken(id: string): Promise<TokenRecord> {
    return await this.#change((content) => {
      const token = content.tokens.find((token) => token.id === id);
      if (token === undefined) {
        throw new AccountsError(
          'ERR_ACCOUNTS_UNKNOWN',
          `there is no token with the id ${shown(id)}: \`hostcast token list\` shows the ids`,
        );
      }
      return [{ ...content, tokens: content.tokens.filter((other) => other !== token) }, recordOf(token)];
    });
  }

  /** Calls back after each change, whichever process made it; returns the way to stop that. */
  onChange(listener: (changes: readonly AccountChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stops looking for changes. Safe to call twice. */
  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  async #changeUser(name: string, edit: (user: Account, revision: number) => Account): Promise<Account> {
    return await this.#change((content, revision) => {
      const user = content.users.find((user) => user.name === name);
      if (user === undefined) throw unknownUser(name);
      const edited = edit(user, revision);
      const users = content.users.map((other) => (other === user ? edited : other));
      checkAdmins(content.users, users, name);
      return [{ ...content, users }, edited];
    });
  }

  /** Reads what is there now, changes that and writes it, while no other process can. */
  async #change<T>(edit: (content: AccountsContent, revision: number) => [AccountsContent, T]): Promise<T> {
    makeFolder(this.#folder);
    const lock = await lockFile(join(this.#folder, `${accountsFileName}.lock`));
    try {
      const before = readAccounts(this.#folder);
      if (before.signature === 'none' && this.#content.revision > 0) throw this.#missing();
      // Times, so that versions grow even where the file was removed and begun anew.
      const revision = Math.max(this.#nowMs(), before.content.revision + 1);
      const [content, result] = edit(before.content, revision);
      writeAccounts(this.#folder, { ...content, revision }, lock.isHeld);
      this.#adopt(readAccounts(this.#folder));
      return result;
    } finally {
      lock.release();
    }
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return; // a file system that hangs is asked once
    this.#isLooking = true;
    try {
      const signature = await currentSignature(this.#folder);
      if (signature === this.#signature) return;
      this.#signature = signature; // trouble is told once
      const read = readAccounts(this.#folder);
      if (read.signature === 'none' && this.#content.revision > 0) throw this.#missing();
      this.#adopt(read);
    } catch (error) {
      this.#onTrouble(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#isLooking = false;
    }
  }

  #adopt({ content, signature }: ReadAccounts): void {
    const changes = changesBetween(this.#content, content);
    this.#content = content;
    this.#signature = signature;
    this.#users = new Map(content.users.map((user) => [user.name, user]));
    this.#tokens = new Map(content.tokens.map((token) => [token.id, known(token)]));
    if (changes.length > 0) for (const listener of this.#listeners) listener(changes);
  }

  #missing(): AccountsError {
    const path = join(this.#folder, accountsFileName);
    return new AccountsError(
      'ERR_ACCOUNTS_MISSING',
      `${path} has gone. Put it back; or stop hostcast, to begin anew without users and tokens`,
    );
  }
}

/** A token as it is looked up. */
interface KnownToken {
  readonly record: TokenRecord;
  readonly sha256: Buffer;
}

const tokenForm = /^hct_([0-9a-f]{12})_[\w-]{43}$/;

/** Names that stand for something else in logs and lists. */
const reservedNames = ['anonymous'];

function known(token: StoredToken): KnownToken {
  return { record: recordOf(token), sha256: Buffer.from(token.sha256, 'hex') };
}

function recordOf({ sha256: _, ...record }: StoredToken): TokenRecord {
  return record;
}

/** 32 random octets need no scrypt: nobody can guess them. */
function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function newId(tokens: readonly StoredToken[]): string {
  const id = randomBytes(6).toString('hex');
  return tokens.some((token) => token.id === id) ? newId(tokens) : id;
}

function checkName(what: 'user' | 'token', name: string): void {
  if (nameForm.test(name) && !reservedNames.includes(name.toLowerCase())) return;
  throw new AccountsError(
    'ERR_ACCOUNTS_VALUE',
    `${shown(name)} is no name for a ${what}: it has 1 to 64 characters of A-Z a-z 0-9 . _ @ + -, begins with a ` +
      `letter or digit, and is not ${reservedNames.join(', ')}`,
  );
}

function checkScope(scope: Scope | undefined): { scope?: Scope } {
  if (scope === undefined) return {};
  const result = scopeSchema.safeParse(scope);
  if (result.success) return { scope: result.data };
  throw new AccountsError(
    'ERR_ACCOUNTS_VALUE',
    `the hosts can't be told by this: ${result.error.issues[0]?.message}`,
  );
}

function checkAdmins(before: readonly Account[], after: readonly Account[], name: string): void {
  const isAdmin = ({ role }: Account) => role === 'admin';
  if (after.some(isAdmin) || !before.some(isAdmin)) return;
  throw new AccountsError('ERR_ACCOUNTS_LAST_ADMIN', `${name} is the last admin: add another one first`);
}

function unknownUser(name: string): AccountsError {
  return new AccountsError('ERR_ACCOUNTS_UNKNOWN', `there is no user ${shown(name)}`);
}

function tooMany(what: string, limit: number): AccountsError {
  return new AccountsError(
    'ERR_ACCOUNTS_VALUE',
    `there are ${limit} ${what}, and more are not taken: remove some`,
  );
}

/** What somebody typed, short and in one line. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
