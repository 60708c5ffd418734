import type { Credentials } from '@hostcast/stomp';
import { LoginError } from '../security/loginError.ts';

/** What somebody shows of themselves. */
export type Shown =
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'password'; readonly name: string; readonly password: string };

/** The name of the page's cookie. */
export const cookieName = 'hostcast';

/**
 * What a CONNECT frame shows: the header Authorization; else, as plain STOMP clients have it, a token as passcode
 * with any login, or name and password.
 * @throws LoginError for an Authorization that is none
 */
export function shownByConnect({
  headers,
  login,
  passcode,
}: Pick<Credentials, 'headers' | 'login' | 'passcode'>): Shown | undefined {
  const authorization = headers.get('Authorization') ?? headers.get('authorization');
  if (authorization) return shownByAuthorization(authorization);
  if (!passcode) return undefined;
  if (isToken(passcode)) return { kind: 'token', text: passcode };
  return { kind: 'password', name: login ?? '', password: passcode };
}

/**
 * What an Authorization header shows: `Bearer <token>`, `Token <token>` (as InfluxDB's clients say it), or Basic
 * with name and password, or with any name and a token.
 * @throws LoginError for anything else
 */
export function shownByAuthorization(header: string): Shown {
  const [, scheme = '', text = ''] = /^([A-Za-z]{1,16}) +(\S+) *$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return { kind: 'token', text };
    case 'basic':
      return shownByBasic(Buffer.from(text, 'base64').toString('utf8'));
    default:
      throw new LoginError('the header Authorization is Bearer, Token or Basic, and something behind it');
  }
}

/** The page's cookie of a `Cookie` header. */
export function cookieOf(header: string | undefined): string | undefined {
  const found = header
    ?.split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(`${cookieName}=`));
  return found?.slice(cookieName.length + 1) || undefined;
}

function shownByBasic(pair: string): Shown {
  const colon = pair.indexOf(':');
  if (colon < 0) throw new LoginError('Basic has a name, a colon and a password');
  const [name, password] = [pair.slice(0, colon), pair.slice(colon + 1)];
  return isToken(password) ? { kind: 'token', text: password } : { kind: 'password', name, password };
}

/** Whether it looks like one of ours, or like a JWT, whose header is JSON: `{"` in base64url. */
function isToken(text: string): boolean {
  return text.startsWith('hct_') || /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text);
}
