import { isLoopback, type JwtAlgorithm, type JwtConfig } from './config.ts';
import { allSettings, settings } from './schema.ts';
import { sectionOf } from './setting.ts';
import type { Values } from './values.ts';

/** HS256 takes a key of at least the size of its hash (RFC 7518 §3.2). */
const leastSecretBytes = 32;

/** The section `jwt`; undefined where it names nothing that tokens could be checked with. */
export function jwtFrom(values: Values): JwtConfig | undefined {
  const secret = values.readSecret(settings.jwtSecret, settings.jwtSecretFile);
  const jwksUrl = values.read(settings.jwtJwksUrl);
  const jwksFile = values.readPath(settings.jwtJwksFile);
  const named = values.read(settings.jwtAlgorithms);
  const issuer = values.read(settings.jwtIssuer);
  const audience = values.read(settings.jwtAudience);
  const config: JwtConfig = {
    algorithms: named ?? ['HS256'],
    ...(secret !== undefined && { secret }),
    ...(jwksUrl !== undefined && { jwksUrl }),
    ...(jwksFile !== undefined && { jwksFile }),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    nameClaim: values.read(settings.jwtNameClaim),
    roleClaim: values.read(settings.jwtRoleClaim),
    hostsClaim: values.read(settings.jwtHostsClaim),
    tagsClaim: values.read(settings.jwtTagsClaim),
    clockToleranceMs: values.read(settings.jwtClockTolerance),
    tokenBytes: values.read(settings.jwtTokenSize),
  };
  return checkedKey(config, named, values) ? config : undefined;
}

/** Whether there is a key at all; more than one, or one of the wrong kind, is refused. */
function checkedKey(config: JwtConfig, named: readonly JwtAlgorithm[] | undefined, values: Values): boolean {
  const { jwtSecret, jwtSecretFile, jwtJwksUrl, jwtJwksFile } = settings;
  const keys = [jwtSecret, jwtSecretFile, jwtJwksUrl, jwtJwksFile].filter((setting) =>
    values.isGiven(setting),
  );
  const [key, ...more] = keys;
  if (key === undefined) {
    const other = allSettings.find((setting) => sectionOf(setting) === 'jwt' && values.isGiven(setting));
    if (other !== undefined) {
      values.refuse(other, ' needs a key as well: one of jwt.jwks-url, jwt.jwks-file and jwt.secret-file');
    }
    return false;
  }
  if ([config.secret, config.jwksUrl, config.jwksFile].filter((key) => key !== undefined).length > 1) {
    const others = more.map((each) => values.called(each)).join(' and ');
    values.refuse(key, ` and ${others}: tokens are checked with one of them only`);
  } else if (config.secret !== undefined) checkSecret(config.secret, named, values);
  else if (config.jwksUrl !== undefined || config.jwksFile !== undefined) checkJwks(config, named, values);
  return true;
}

function checkSecret(secret: string, named: readonly JwtAlgorithm[] | undefined, values: Values): void {
  if (named !== undefined && named.join() !== 'HS256') {
    values.refuse(settings.jwtAlgorithms, `: with a secret it is HS256 and nothing else`);
  }
  if (Buffer.byteLength(secret) < leastSecretBytes) {
    const given = [settings.jwtSecret, settings.jwtSecretFile].find((setting) => values.isGiven(setting));
    values.refuse(
      given ?? settings.jwtSecret,
      `: a secret of fewer than ${leastSecretBytes} octets can be guessed; ` +
        'openssl rand -base64 48 makes a good one',
    );
  }
}

function checkJwks(
  { jwksUrl, audience }: JwtConfig,
  named: readonly JwtAlgorithm[] | undefined,
  values: Values,
): void {
  const { jwtAlgorithms, jwtJwksUrl, jwtJwksFile, jwtAudience } = settings;
  const key = jwksUrl === undefined ? jwtJwksFile : jwtJwksUrl;
  if (named === undefined || named.length === 0) {
    values.refuse(key, ` needs ${jwtAlgorithms.key} as well: RS256, ES256 or EdDSA, as the issuer signs`);
  } else if (named.includes('HS256')) {
    values.refuse(jwtAlgorithms, `: HS256 goes with a secret, not with public keys`);
  }
  if (jwksUrl !== undefined && !isSafe(new URL(jwksUrl))) {
    values.refuse(key, `: it is an https address, so that nobody on the way can put keys of their own in`);
  }
  if (audience === undefined) {
    values.warn(
      `${jwtAudience.key} is not set: tokens that the issuer made for other programs are taken as well`,
    );
  }
}

function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}
