import { readFileSync } from 'node:fs';
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { UserError } from '../config/userError.ts';
import { LoginError } from '../security/loginError.ts';

/** A longer answer of an issuer is no key set. */
const maxOctets = 1_048_576;

export interface RemoteKeysOptions {
  /** The issuer's keys could not be had; at most once in `failureMs`. */
  readonly onTrouble: (error: Error) => void;
  /** How long the issuer may take. Default 5 s. */
  readonly timeoutMs?: number;
  /** How long it is left alone after a failure. Default 5 s. */
  readonly failureMs?: number;
  /** A key that is not known is looked for at most so often. Default 30 s. */
  readonly cooldownMs?: number;
}

/**
 * The keys at an address, kept for 10 min, and asked for again where a token names one that is not among them.
 * What it returns throws LoginError with status 503 while they can't be had.
 */
export function remoteKeys(url: string, options: RemoteKeysOptions): JWTVerifyGetKey {
  const { onTrouble, timeoutMs = 5_000, failureMs = 5_000, cooldownMs = 30_000 } = options;
  let failedAtMs = Number.NEGATIVE_INFINITY;
  const unreachable = (cause?: unknown) =>
    new LoginError('the keys of the token issuer cannot be reached: try again in a moment', {
      statusCode: 503,
      waitMs: failureMs,
      cause,
    });
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    [customFetch]: async (address, init) => {
      if (performance.now() - failedAtMs < failureMs) throw unreachable();
      try {
        return await fetchKeys(address, init);
      } catch (cause) {
        failedAtMs = performance.now();
        onTrouble(cause instanceof Error ? cause : new Error(String(cause)));
        throw unreachable(cause);
      }
    },
  });
}

/** The keys in a file, as they are now: one that changes is read at the next start. @throws UserError where there are none */
export function fileKeys(path: string): JWTVerifyGetKey {
  try {
    const keys = createLocalJWKSet(JSON.parse(readFileSync(path, 'utf8')));
    if (keys.jwks().keys.length === 0) throw new Error('there are none in it');
    return keys;
  } catch (cause) {
    const why = cause instanceof SyntaxError ? 'it is not JSON' : String(cause);
    throw new UserError(`jwt.jwks-file ${path} holds no keys (JWKS): ${why}`, { cause });
  }
}

async function fetchKeys(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status !== 200) throw new Error(`the issuer answers ${response.status}, not 200`);
  const text = await readText(response);
  createLocalJWKSet(JSON.parse(text)); // throws
  return new Response(text);
}

async function readText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let octets = 0;
  for await (const part of body ?? []) {
    octets += part.length;
    if (octets > maxOctets) throw new Error(`the issuer's keys have more than ${maxOctets} octets`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
