import { createHash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { JwtConfig } from '../config/config.ts';
import { LoginError } from '../security/loginError.ts';
import type { Principal } from '../security/principal.ts';
import { fileKeys, remoteKeys } from './jwks.ts';
import { readClaims } from './jwtClaims.ts';

export interface JwtVerifierOptions {
  /** Epoch ms. */
  readonly nowMs: () => number;
  /** The issuer's keys could not be had. */
  readonly onTrouble: (error: Error) => void;
}

/** Says who the token of another issuer is about. Throws LoginError for one that is not taken. */
export type JwtVerifier = (token: string) => Promise<Principal>;

/**
 * Checks tokens that something else has signed. How they may be signed is what the configuration says, never what
 * a token says; keys and addresses that a token brings along are not looked at.
 * @throws UserError where `jwksFile` holds no keys
 */
export function createJwtVerifier(config: JwtConfig, { nowMs, onTrouble }: JwtVerifierOptions): JwtVerifier {
  const { algorithms, issuer, audience, clockToleranceMs } = config;
  const getKey = keysOf(config, onTrouble);
  return async (token) => {
    const payload = await verified(token, config.tokenBytes, async () => {
      const result = await jwtVerify(token, getKey, {
        algorithms: [...algorithms],
        currentDate: new Date(nowMs()),
        clockTolerance: clockToleranceMs / 1_000,
        requiredClaims: ['exp'],
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      });
      return result.payload;
    });
    // The issuer's clock may be behind: the session lasts for as long as the token is taken.
    const expiresAtMs = expiryOf(payload) + clockToleranceMs;
    if (expiresAtMs <= nowMs()) throw expired();
    // Of what is signed: the signature itself can be written in several ways.
    const signed = token.slice(0, token.lastIndexOf('.'));
    const login = `jwt:${createHash('sha256').update(signed).digest('base64url')}`;
    return { kind: 'jwt', ...readClaims(payload, config), login, expiresAtMs };
  };
}

/**
 * Runs a check of a token by jose, with what it throws told as a LoginError. A token above `maxBytes` octets is
 * not looked at.
 */
export async function verified<T>(token: string, maxBytes: number, check: () => Promise<T>): Promise<T> {
  if (token.length > maxBytes) {
    throw new LoginError(`the token is refused: it has more than ${maxBytes} octets`);
  }
  try {
    return await check();
  } catch (error) {
    if (error instanceof LoginError) throw error;
    if (error instanceof errors.JWTExpired) throw expired();
    throw new LoginError(`the token is refused: ${faultOf(error)}`, { cause: error });
  }
}

/**
 * When a token ends, epoch ms.
 * @throws LoginError where that is no time: JSON has 1e400, which is Infinity
 */
export function expiryOf({ exp }: JWTPayload): number {
  const expiresAtMs = Math.floor((exp ?? Number.NaN) * 1_000);
  // 8.64e15: the last moment of a Date.
  if (expiresAtMs > 0 && expiresAtMs <= 8.64e15) return expiresAtMs;
  throw new LoginError('the token is refused: its claim exp is no time');
}

function keysOf(
  { secret, jwksUrl, jwksFile }: JwtConfig,
  onTrouble: (error: Error) => void,
): JWTVerifyGetKey {
  if (jwksUrl !== undefined) return remoteKeys(jwksUrl, { onTrouble });
  if (jwksFile !== undefined) return fileKeys(jwksFile);
  if (secret === undefined) throw new TypeError('jwt has one of secret, jwksUrl and jwksFile');
  const key = new TextEncoder().encode(secret);
  return async () => key;
}

function expired(): LoginError {
  return new LoginError('the token has expired', { isExpired: true });
}

/** In words of our own: those of jose may hold what the token says. */
function faultOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed)
    return `its claim ${error.claim} is not as it has to be`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'tokens signed in that way are not taken';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key of the issuer fits';
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'it names no key, and several of the issuer fit';
  return 'it is no token';
}
