/** The three InfluxDBs, which share `/query` and differ in how they are logged in to. */
export type InfluxGeneration = 1 | 2 | 3;

/** What is to be known of a server before it is asked. */
export interface InfluxVersion {
  readonly generation: InfluxGeneration;
  /** Such as `1.8.10` or `v2.7.11`; '' where the server does not say. */
  readonly text: string;
  /** Whether `params` are put in place of `$name`. 3.0 to 3.6 know no such thing (influxdb issue 24805). */
  readonly bindsParameters: boolean;
}

/** User and password, or a token, or both: what a generation has no use for is left out. */
export interface InfluxCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
}

/**
 * The version in a header such as `1.8.10`, `v2.7.11` or `3.7.0`. Undefined for what is none: other servers that
 * speak the protocol may say anything, or nothing.
 */
export function readVersion(header: string): InfluxVersion | undefined {
  const [, major = '', minor = '0'] = /^v?([123])\.(\d+)/.exec(header) ?? [];
  if (major === '1') return { generation: 1, text: header, bindsParameters: Number(minor) >= 3 };
  if (major === '2') return { generation: 2, text: header, bindsParameters: true };
  if (major === '3') return { generation: 3, text: header, bindsParameters: Number(minor) >= 7 };
  return undefined;
}

/**
 * What is taken for granted of a server that doesn't say what it is: a token speaks for 2.x, whose form 3.x takes
 * too, and what all have in common is used.
 */
export function versionFor(
  generation: InfluxGeneration | undefined,
  { token }: InfluxCredentials,
): InfluxVersion {
  return { generation: generation ?? (token === undefined ? 1 : 2), text: '', bindsParameters: false };
}

/**
 * The header Authorization, in the form of the generation. 1.x takes user and password, or a token that is a JWT
 * (`Bearer`) or `user:password` (`Token`); 2.x a token, or user and password of a v1 authorization; 3.x a token,
 * or what is given as the password.
 */
export function authorizationOf(
  generation: InfluxGeneration,
  { username, password = '', token }: InfluxCredentials,
): string | undefined {
  const basic = username === undefined ? undefined : basicOf(username, password);
  if (generation === 1) return basic ?? (token && `${token.includes(':') ? 'Token' : 'Bearer'} ${token}`);
  if (generation === 2) return token === undefined ? basic : `Token ${token}`;
  if (token !== undefined) return `Bearer ${token}`;
  return username === undefined ? undefined : `Bearer ${password}`;
}

/** With what `/ping` is asked while the generation is not known yet: 3.x takes all of these, the others need none. */
export function authorizationOfPing({
  username,
  password = '',
  token,
}: InfluxCredentials): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  return username === undefined ? undefined : basicOf(username, password);
}

/** Everything that must not be repeated, also as it is sent: `Basic <user:password in base64>`. */
export function secretsOf({ username, password = '', token = '' }: InfluxCredentials): readonly string[] {
  const sent = username === undefined ? '' : basicOf(username, password).slice('Basic '.length);
  return [token, password, sent].filter((secret) => secret !== '');
}

function basicOf(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
