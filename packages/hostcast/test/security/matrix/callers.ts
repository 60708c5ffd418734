import { SignJWT } from 'jose';
import { Accounts } from '../../../src/accounts/accounts.ts';
import { writeAccounts } from '../../../src/accounts/accountsFile.ts';
import type { Scope } from '../../../src/security/principal.ts';
import { everyHost } from './fleet.ts';

/** Somebody who asks, and what they are to get: written down by hand, host by host. */
export interface Caller {
  readonly name: string;
  /** What they show of themselves; undefined for nothing. */
  readonly token: string | undefined;
  /** Whether they may look at all. */
  readonly isReader: boolean;
  /** The hosts they may see. */
  readonly sees: readonly string[];
  /** The hosts they may ask for by name: who is held by tags learns by silence. */
  readonly names: readonly string[];
  /** Whether they may use patterns and see the sessions. */
  readonly isWide: boolean;
  /** Whether they may have the metrics, which are of all hosts. */
  readonly isMeter: boolean;
  /** Which of the hosts `written-web`, `written-db` they may write. */
  readonly writes: readonly string[];
}

const nothing = { isReader: false, sees: [], names: [], isWide: false, isMeter: false, writes: [] } as const;
const everything = { isReader: true, sees: everyHost, names: everyHost } as const;
const viewer = { ...nothing, ...everything, isMeter: true } as const;
const operator = { ...viewer, isWide: true } as const;

const icn = ['web-quokka', 'db-numbat', 'caf\u00e9-potto', 'a/b%2E*.**:saola'];
const web = { ...nothing, isReader: true, sees: ['web-quokka', 'web-okapi.example'] } as const;
const webOnly = { ...web, names: web.sees } as const;
const icnOnly = { ...nothing, isReader: true, sees: icn, names: everyHost } as const;

/** Everybody, where hostcast runs without login. */
export const anonymous: Caller = {
  ...operator,
  name: 'anonymous',
  token: undefined,
  writes: ['written-web', 'written-db'],
};

type Expected = Omit<Caller, 'name' | 'token'>;

const users: readonly (readonly [string, 'viewer' | 'operator' | 'admin', Scope | undefined, Expected])[] = [
  ['viewer', 'viewer', undefined, viewer],
  ['viewer-web', 'viewer', { hosts: ['web-*'] }, webOnly],
  ['viewer-icn', 'viewer', { tags: { dc: 'icn' } }, icnOnly],
  [
    'viewer-web-icn',
    'viewer',
    { hosts: ['web-*'], tags: { dc: 'icn' } },
    { ...webOnly, sees: ['web-quokka'] },
  ],
  ['viewer-none', 'viewer', { hosts: ['none-*'] }, { ...nothing, isReader: true }],
  ['viewer-no-tag', 'viewer', { tags: { dc: 'icn', team: 'red' } }, { ...icnOnly, sees: [] }],
  ['operator', 'operator', undefined, operator],
  ['operator-db', 'operator', { hosts: ['db-*'] }, { ...webOnly, sees: ['db-numbat'], names: ['db-numbat'] }],
  ['operator-star', 'operator', { hosts: ['*'] }, { ...nothing, ...everything }],
  ['admin', 'admin', undefined, operator],
  ['admin-icn', 'admin', { tags: { dc: 'icn' } }, icnOnly],
];

type TokenRow = readonly [string, 'ingest' | 'viewer' | 'operator', Scope | undefined, Expected];

const tokens: readonly TokenRow[] = [
  ['ingest', 'ingest', undefined, { ...nothing, writes: ['written-web', 'written-db'] }],
  ['ingest-web', 'ingest', { hosts: ['written-web'] }, { ...nothing, writes: ['written-web'] }],
  ['read-viewer', 'viewer', undefined, viewer],
  ['read-viewer-web', 'viewer', { hosts: ['web-*'] }, webOnly],
  ['read-operator', 'operator', undefined, operator],
];

/** The key of the issuer whose tokens are taken, and of one whose are not. */
export const jwtSecret = 'the key of an issuer that is trusted';
const otherSecret = 'the key of an issuer that is unknown';
const password = 'correct horse';
// Of that password: to make one for each would take longer than the rest of the set-up.
const passwordHash =
  '$scrypt$ln=15,r=8,p=3$8j+I2CX0CHInDdX4cyLcAQ$516CHM5TkJhbUREd0OUX/n3vrh09EKQUttDsLb0JAFM';

/**
 * Makes the users and tokens in a data folder, before a server runs there.
 * @returns what makes callers of them, once somebody can be signed in
 */
export async function prepareCallers(
  folder: string,
): Promise<(login: (name: string, password: string) => Promise<string>) => Promise<Caller[]>> {
  const made = users.map(([name, role, scope], i) => ({
    name,
    role,
    ...(scope !== undefined && { scope }),
    passwordHash,
    version: i + 1,
    createdMs: Date.now(),
  }));
  writeAccounts(folder, { revision: made.length, users: made, tokens: [] }, () => true);
  const accounts = Accounts.open(folder);
  const callers: Caller[] = [{ ...nothing, name: 'nobody', token: undefined }];
  for (const [name, right, scope, expected] of tokens) {
    const { text } = await accounts.createToken({ name, right, scope });
    callers.push({ ...expected, name: `token-${name}`, token: text });
  }
  callers.push(...(await makeBrought()), ...(await makeInvalid(accounts)));
  accounts.close();
  return async (login) => {
    for (const [name, , , expected] of users) {
      callers.push({ ...expected, name, token: await login(name, password) });
    }
    return callers;
  };
}

/** Tokens of another issuer. */
async function makeBrought(): Promise<Caller[]> {
  const inAnHour = Date.now() / 1_000 + 3_600;
  return [
    { ...viewer, name: 'jwt-viewer', token: await signed({ role: 'viewer' }, inAnHour) },
    {
      ...icnOnly,
      name: 'jwt-icn',
      token: await signed({ role: 'admin', hostcast_tags: { dc: 'icn' } }, inAnHour),
    },
    {
      ...webOnly,
      name: 'jwt-web',
      token: await signed({ role: 'viewer', hostcast_hosts: ['web-*'] }, inAnHour),
    },
  ];
}

/** What was good once, or never. */
async function makeInvalid(accounts: Accounts): Promise<Caller[]> {
  const now = Date.now() / 1_000;
  const revoked = await accounts.createToken({ name: 'revoked', right: 'operator' });
  await accounts.revokeToken(revoked.token.id);
  const expired = await accounts.createToken({
    name: 'expired',
    right: 'operator',
    expiresAtMs: Date.now() - 1,
  });
  const unsigned = `${base64({ alg: 'none' })}.${base64({ sub: 'eve', role: 'admin', exp: now + 3_600 })}.`;
  const shown = {
    revoked: revoked.text,
    'expired-token': expired.text,
    'expired-jwt': await signed({ role: 'admin' }, now - 3_600),
    forged: await signed({ role: 'admin' }, now + 3_600, otherSecret),
    unsigned,
  };
  return Object.entries(shown).map(([name, token]) => ({ ...nothing, name, token }));
}

async function signed(claims: object, expiresAt: number, secret = jwtSecret): Promise<string> {
  return await new SignJWT({ sub: 'eve', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(expiresAt))
    .sign(new TextEncoder().encode(secret));
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
