import type { Right, Role, Scope } from '../security/principal.ts';
import type { Account, AccountsContent, StoredToken } from './accountsFile.ts';

/** Which hosts somebody's rights are about; left out for all. */
interface ScopeInWords {
  /** Patterns of names: `web-*,db-1`. */
  readonly hosts?: string;
  /** `dc=icn,rack=7` */
  readonly tags?: string;
}

/** One thing that changed, in words that fit a log, and what somebody may from then on. */
export type AccountChange =
  | ({
      readonly type: 'user added' | 'user changed';
      /** The user's name. */
      readonly user: string;
      readonly role: Role;
    } & ScopeInWords)
  | { readonly type: 'password changed' | 'user removed'; readonly user: string }
  | ({
      readonly type: 'token created';
      /** The token's id. */
      readonly token: string;
      /** The token's name. */
      readonly name: string;
      readonly right: Right;
    } & ScopeInWords)
  | { readonly type: 'token revoked'; readonly token: string; readonly name: string };

/**
 * What makes one content from another. A user whose name was removed and given anew has a new password; a user
 * may have both another password and another role.
 */
export function changesBetween(before: AccountsContent, after: AccountsContent): AccountChange[] {
  return [...userChanges(before.users, after.users), ...tokenChanges(before.tokens, after.tokens)];
}

function userChanges(before: readonly Account[], after: readonly Account[]): AccountChange[] {
  const olds = new Map(before.map((user) => [user.name, user]));
  const changes: AccountChange[] = [];
  for (const user of after) {
    const old = olds.get(user.name);
    olds.delete(user.name);
    if (old === undefined) changes.push({ type: 'user added', ...rightsOf(user) });
    else changes.push(...changesOf(old, user));
  }
  for (const user of olds.keys()) changes.push({ type: 'user removed', user });
  return changes;
}

function changesOf(old: Account, user: Account): AccountChange[] {
  const changes: AccountChange[] = [];
  const hasNewPassword = old.version !== user.version || old.passwordHash !== user.passwordHash;
  if (hasNewPassword) changes.push({ type: 'password changed', user: user.name });
  const hasNewRights = old.role !== user.role || JSON.stringify(old.scope) !== JSON.stringify(user.scope);
  if (hasNewRights) changes.push({ type: 'user changed', ...rightsOf(user) });
  return changes;
}

/** Tokens are never changed by hostcast; one that a person edited in the file was revoked and is another one. */
function tokenChanges(before: readonly StoredToken[], after: readonly StoredToken[]): AccountChange[] {
  const olds = new Map(before.map((token) => [token.id, JSON.stringify(token)]));
  const news = new Map(after.map((token) => [token.id, JSON.stringify(token)]));
  const revoked = before.filter(({ id }) => olds.get(id) !== news.get(id));
  const created = after.filter(({ id }) => olds.get(id) !== news.get(id));
  return [
    ...revoked.map(({ id, name }) => ({ type: 'token revoked' as const, token: id, name })),
    ...created.map(({ id, name, right, scope }) => ({
      ...{ type: 'token created' as const, token: id, name, right },
      ...inWords(scope),
    })),
  ];
}

function rightsOf({ name, role, scope }: Account) {
  return { user: name, role, ...inWords(scope) };
}

function inWords(scope: Scope | undefined): ScopeInWords {
  const { hosts, tags } = scope ?? {};
  return {
    ...(hosts && { hosts: hosts.join() }),
    ...(tags && {
      tags: Object.entries(tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(),
    }),
  };
}
