import { scopeSchema } from '../accounts/accountsFile.ts';
import type { JwtConfig } from '../config/config.ts';
import { LoginError } from '../security/loginError.ts';
import { anonymous, type Role, roles, type Scope } from '../security/principal.ts';

export type ClaimNames = Pick<JwtConfig, 'nameClaim' | 'roleClaim' | 'hostsClaim' | 'tagsClaim'>;

/**
 * Who the claims of another issuer's token are about, and what they may. A claim that is there and can't be
 * understood is refused: it may have been meant to keep somebody from something.
 * @throws LoginError naming the claim
 */
export function readClaims(
  payload: object,
  { nameClaim, roleClaim, hostsClaim, tagsClaim }: ClaimNames,
): { readonly name: string; readonly right: Role; readonly scope: Scope | undefined } {
  return {
    name: nameOf(claimOf(payload, nameClaim), nameClaim),
    right: roleOf(claimOf(payload, roleClaim), roleClaim),
    scope: scopeOf(claimOf(payload, hostsClaim), claimOf(payload, tagsClaim), `${hostsClaim}, ${tagsClaim}`),
  };
}

/** A claim of that whole name (they may be addresses), else the one that dots lead to: `realm_access.roles`. */
function claimOf(payload: object, path: string): unknown {
  if (Object.hasOwn(payload, path)) return Reflect.get(payload, path);
  let value: unknown = payload;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function nameOf(value: unknown, claim: string): string {
  const isName = typeof value === 'string' && /^[^\p{Cc}\p{Cs}]{1,256}$/u.test(value);
  if (isName && value.trim() === value && value.toLowerCase() !== anonymous.name) return value;
  throw new LoginError(`the token is refused: its claim ${claim} is no name`);
}

/** One role, or a list with roles among others, of which the highest counts. */
function roleOf(value: unknown, claim: string): Role {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  const role = roles.findLast((each) => given.includes(each));
  if (role !== undefined) return role;
  throw new LoginError(`the token is refused: its claim ${claim} has none of ${roles.join(', ')}`);
}

function scopeOf(hosts: unknown, tags: unknown, claims: string): Scope | undefined {
  if (hosts === undefined && tags === undefined) return undefined;
  const given = { ...(hosts !== undefined && { hosts }), ...(tags !== undefined && { tags }) };
  const result = scopeSchema.safeParse(given);
  if (result.success) return result.data;
  throw new LoginError(`the token is refused: its claims ${claims} tell no hosts`);
}
