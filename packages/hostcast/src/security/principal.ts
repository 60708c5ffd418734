/** What people may do, from the least: each role may do what those before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof roles)[number];

/** What a token is for: `ingest` writes figures and sees none. */
export type Right = Role | 'ingest';

/** Which hosts somebody may see or write. All that is said has to hold. */
export interface Scope {
  /** Names of hosts, one of which has to match; `*` stands for any characters. */
  readonly hosts?: readonly string[];
  /** Tags of a host that have to be equal. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Who asks, as every rule sees it. */
export interface Principal {
  /** `anonymous` where there is no login, `jwt` where another issuer vouches for them. */
  readonly kind: 'anonymous' | 'user' | 'token' | 'jwt';
  readonly name: string;
  readonly right: Right;
  /** Undefined for every host. */
  readonly scope: Scope | undefined;
  /** What the sessions of one login, or of one token, have in common; it is what is revoked. */
  readonly login: string | undefined;
  /** Epoch ms. */
  readonly expiresAtMs: number | undefined;
  /** Of a user: the account's, when its password was checked. */
  readonly version?: number;
}

/** Everybody, where hostcast runs without login. */
export const anonymous: Principal = {
  kind: 'anonymous',
  name: 'anonymous',
  right: 'operator',
  scope: undefined,
  login: undefined,
  expiresAtMs: undefined,
};

/** Whether somebody may do what takes at least this role. */
export function mayAct({ right }: Principal, least: Role): boolean {
  return right !== 'ingest' && roles.indexOf(right) >= roles.indexOf(least);
}
