import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Right, type Role, roles, type Scope } from '../security/principal.ts';
import { AccountsError } from './accountsError.ts';
import { isPasswordHash } from './passwords.ts';

/** Somebody who signs in by name and password. */
export interface Account {
  readonly name: string;
  readonly role: Role;
  /** Undefined for every host. */
  readonly scope?: Scope;
  /** As `Passwords` makes it. */
  readonly passwordHash: string;
  /** Grows when the password changes, and when the name is given to somebody new: older logins end. */
  readonly version: number;
  readonly createdMs: number;
}

/** What is known of a token; its text is known to nobody but who holds it. */
export interface TokenRecord {
  /** 12 hexadecimal digits. */
  readonly id: string;
  /** What it is for, such as `telegraf-web-1`. */
  readonly name: string;
  readonly right: Right;
  /** Undefined for every host. */
  readonly scope?: Scope;
  readonly createdMs: number;
  /** Epoch ms; undefined for one that does not expire. */
  readonly expiresAtMs?: number;
}

/** A token as it is kept: what it is, and the SHA-256 of its text in hexadecimal digits. */
export interface StoredToken extends TokenRecord {
  readonly sha256: string;
}

/** Everything that `accounts.json` holds. */
export interface AccountsContent {
  /** Grows with each change. */
  readonly revision: number;
  readonly users: readonly Account[];
  readonly tokens: readonly StoredToken[];
}

/** The content, and what tells whether the file is still the one that was read. */
export interface ReadAccounts {
  readonly content: AccountsContent;
  /** `none` where there is no file. */
  readonly signature: string;
}

/** The file's name in the data folder. */
export const accountsFileName = 'accounts.json';

/** The form of a user's or token's name: 1 to 64 characters. */
export const nameForm = /^[A-Za-z0-9][\w.@+-]{0,63}$/;

/** More users or tokens are refused. */
export const maxUsers = 1_000;
export const maxTokens = 10_000;

/** A larger file is refused, in octets. */
const maxFileOctets = 32 * 1_048_576;

/**
 * Reads `accounts.json` of a data folder; no file means nobody. What is not whole, or could have been written
 * or read by others, is refused: it lets nobody in.
 * @throws AccountsError `…_DAMAGED`, `…_EXPOSED`, `…_FORMAT`, `…_FOLDER`
 */
export function readAccounts(folder: string): ReadAccounts {
  const path = join(folder, accountsFileName);
  const file = readPrivately(folder, path);
  if (file === undefined) return { content: { revision: 0, users: [], tokens: [] }, signature: 'none' };
  return { content: parse(path, file.text), signature: signatureOf(file.stat) };
}

/**
 * A file of the data folder that only its owner can use; undefined where there is none.
 * @throws AccountsError `…_DAMAGED` for one too large, `…_EXPOSED`, `…_FOLDER`
 */
export function readPrivately(
  folder: string,
  path: string,
): { readonly text: string; readonly stat: fs.BigIntStats } | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unusable(path, error);
  }
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    checkOwner(folder, path, stat);
    if (stat.size > maxFileOctets) throw damaged(path, `it has ${stat.size} octets`);
    return { text: fs.readFileSync(fd, 'utf8'), stat };
  } catch (error) {
    throw error instanceof AccountsError ? error : unusable(path, error);
  } finally {
    fs.closeSync(fd);
  }
}

/** The signature of the file as it is now, without reading it. */
export async function currentSignature(folder: string): Promise<string> {
  const path = join(folder, accountsFileName);
  try {
    return signatureOf(await fs.promises.stat(path, { bigint: true }));
  } catch (error) {
    if (isMissing(error)) return 'none';
    throw unusable(path, error);
  }
}

/**
 * Replaces `accounts.json` as a whole: after a crash it is the old one or the new one. `isStillMine` is asked
 * last, before the new one takes its place.
 * @throws AccountsError `ERR_ACCOUNTS_FOLDER`, `ERR_ACCOUNTS_LOCKED`
 */
export function writeAccounts(folder: string, content: AccountsContent, isStillMine: () => boolean): void {
  const path = join(folder, accountsFileName);
  const text = `${JSON.stringify({ version: formatVersion, ...content }, null, 1)}\n`;
  writePrivately(folder, path, text, () => {
    if (!isStillMine())
      throw new AccountsError('ERR_ACCOUNTS_LOCKED', `${path} was changed meanwhile: try again`);
  });
}

/**
 * Writes a file that only its owner can read (mode 0600), at once or not at all. Root writes it for the owner
 * of the folder, who is whom hostcast runs as.
 * @throws AccountsError `ERR_ACCOUNTS_FOLDER`
 */
export function writePrivately(folder: string, path: string, text: string, beforeReplacing = () => {}): void {
  makeFolder(folder);
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const fd = fs.openSync(aside, 'wx', 0o600);
    try {
      if (process.getuid?.() === 0) {
        const { uid, gid } = fs.statSync(folder);
        fs.fchownSync(fd, uid, gid);
      }
      fs.writeFileSync(fd, text);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    beforeReplacing();
    fs.renameSync(aside, path);
    syncFolder(folder);
  } catch (error) {
    fs.rmSync(aside, { force: true });
    throw error instanceof AccountsError ? error : unusable(path, error);
  }
}

/** Makes the data folder where there is none. @throws AccountsError `ERR_ACCOUNTS_FOLDER` */
export function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o750 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AccountsError('ERR_ACCOUNTS_FOLDER', `the data folder ${folder} cannot be made: ${why}`, {
      cause,
    });
  }
}

const formatVersion = 1;

const name = z.string().regex(nameForm);
const timeMs = z.number().int().nonnegative();

/** Tags keep their keys whatever they are called: `__proto__` too, which would otherwise be lost. */
const tags = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  )
  .transform((value, context) => {
    const kept: Record<string, string> = Object.create(null);
    for (const [key, text] of Object.entries(value)) {
      if (typeof text === 'string' && isShort(key) && isShort(text)) kept[key] = text;
      else
        context.addIssue({
          code: 'custom',
          message: `tag ${JSON.stringify(key.slice(0, 40))} is not a short text`,
        });
    }
    const count = Object.keys(kept).length;
    if (count < 1 || count > 32) context.addIssue({ code: 'custom', message: 'there are 1 to 32 tags' });
    return kept;
  });

/** What a scope may say: up to 64 patterns and 32 tags of up to 255 characters, and at least one of them. */
export const scopeSchema = z
  .strictObject({
    hosts: z
      .array(
        z.string().refine(isShort, { message: 'a pattern has 1 to 255 characters, none of them a control' }),
      )
      .min(1)
      .max(64)
      .exactOptional(),
    tags: tags.exactOptional(),
  })
  .refine(({ hosts, tags }) => hosts !== undefined || tags !== undefined, {
    message: 'it names neither hosts nor tags',
  });

const contentSchema = z.strictObject({
  version: z.literal(formatVersion),
  revision: timeMs,
  users: z
    .array(
      z.strictObject({
        name,
        role: z.enum(roles),
        scope: scopeSchema.exactOptional(),
        passwordHash: z.string().refine(isPasswordHash, { message: 'not a hash of a password' }),
        version: timeMs,
        createdMs: timeMs,
      }),
    )
    .max(maxUsers)
    .refine((users) => areUnique(users.map((user) => user.name)), { message: 'a name is there twice' }),
  tokens: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[0-9a-f]{12}$/),
        name,
        right: z.enum(['ingest', ...roles]),
        scope: scopeSchema.exactOptional(),
        createdMs: timeMs,
        expiresAtMs: timeMs.exactOptional(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(maxTokens)
    .refine((tokens) => areUnique(tokens.map((token) => token.id)), { message: 'an id is there twice' }),
});

function parse(path: string, text: string): AccountsContent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(path, 'it is not JSON'); // the parser's own words would show what the file holds
  }
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version > formatVersion) {
    throw new AccountsError(
      'ERR_ACCOUNTS_FORMAT',
      `${path} is of format ${version}, and this hostcast reads up to ${formatVersion}: use a newer one`,
    );
  }
  const result = contentSchema.safeParse(value);
  if (!result.success) {
    const { path: where = [], message = '' } = result.error.issues[0] ?? {};
    throw damaged(path, `${where.join('.') || 'the whole'}: ${message}`);
  }
  const { revision, users, tokens } = result.data;
  return { revision, users, tokens };
}

/**
 * Whoever can write the file is admin, and whoever reads it can guess passwords at leisure. It may belong to
 * this user, to root, or to the owner of the folder, for whom root writes it.
 */
function checkOwner(folder: string, path: string, { mode, uid }: fs.BigIntStats): void {
  if (process.getuid === undefined) return; // Windows: folders hand on their own rights
  if ((mode & 0o077n) !== 0n) {
    throw new AccountsError(
      'ERR_ACCOUNTS_EXPOSED',
      `${path} has mode ${(mode & 0o777n).toString(8).padStart(4, '0')}, so others than its owner can use it. ` +
        `See whether it is as you left it, then:\n\n  chmod 600 '${path}'\n`,
    );
  }
  const owners = [process.getuid(), 0, fs.statSync(folder).uid];
  if (!owners.includes(Number(uid))) {
    throw new AccountsError(
      'ERR_ACCOUNTS_EXPOSED',
      `${path} belongs to user ${uid}, neither to the one hostcast runs as nor to the owner of its folder`,
    );
  }
}

function signatureOf({ ino, mtimeNs, ctimeNs, size }: fs.BigIntStats): string {
  return `${ino}-${mtimeNs}-${ctimeNs}-${size}`;
}

function damaged(path: string, what: string): AccountsError {
  return new AccountsError(
    'ERR_ACCOUNTS_DAMAGED',
    `${path} is damaged (${what}). It is left as it is: mend it, or put a copy back. ` +
      'Only without the file does hostcast begin anew, without users and tokens',
  );
}

function unusable(path: string, cause: unknown): AccountsError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AccountsError('ERR_ACCOUNTS_FOLDER', `${path} cannot be used: ${why}`, { cause });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function isShort(text: string): boolean {
  return text.length >= 1 && text.length <= 255 && !/\p{Cc}/u.test(text);
}

/** Names that differ in case only would be taken for each other. */
function areUnique(names: readonly string[]): boolean {
  return new Set(names.map((name) => name.toLowerCase())).size === names.length;
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // it can't open folders; its journal orders the rename
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
