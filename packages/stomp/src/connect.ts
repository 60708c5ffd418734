import type { FrameLimits } from './codec/decoder.ts';
import { type ClientFrame, type Headers, type StompVersion, stompVersions } from './codec/frame.ts';
import { type AgreedHeartbeat, agreeHeartbeat, type Heartbeat, parseHeartbeat } from './codec/heartbeat.ts';
import { StompError } from './errors.ts';
import { chain, isThenable, type MaybePromise } from './maybePromise.ts';
import type { User } from './message.ts';
import type { Credentials, Limits, ResolvedOptions } from './options.ts';
import { rememberingLast } from './rememberingLast.ts';

/** What a CONNECT frame has been granted, before interceptors see it. */
export interface Admission {
  readonly version: StompVersion;
  /** What CONNECTED announces: ours, or `0,0` to a client that did not speak of heart-beats. */
  readonly offered: Heartbeat;
  readonly agreed: AgreedHeartbeat;
  readonly user: User | undefined;
}

/**
 * The first steps of CONNECT: that it is one, version, heart-beat, who it is. Throws a StompError where one
 * fails; `report` is told of what `authenticate` throws by accident.
 */
export function admit(
  { command, headers }: ClientFrame,
  peer: Pick<Credentials, 'request' | 'remoteAddress' | 'attributes'>,
  options: ResolvedOptions,
  report: (error: Error) => void,
): MaybePromise<Admission> {
  if (command !== 'CONNECT' && command !== 'STOMP') {
    throw new StompError('CONNECT has to come first', { code: 'ERR_STOMP_NOT_CONNECTED' });
  }
  const version = negotiateVersion(headers.get('accept-version'));
  const header = headers.get('heart-beat');
  const offered: Heartbeat = header === undefined ? [0, 0] : options.heartbeat;
  const agreed = agreeHeartbeat(options.heartbeat, parseHeartbeat(header));
  const credentials = new ClientCredentials(headers, peer);
  return chain(login(credentials, options, report), (user) => ({ version, offered, agreed, user }));
}

// A class, because a getter of one object alone makes a shape of its own of each.
class ClientCredentials implements Credentials {
  readonly login: string | undefined;
  readonly passcode: string | undefined;
  readonly headers: Headers;
  readonly request: Credentials['request'];
  readonly remoteAddress: string;
  readonly #peer: Pick<Credentials, 'attributes'>;

  constructor(headers: Headers, peer: Pick<Credentials, 'request' | 'remoteAddress' | 'attributes'>) {
    this.login = headers.get('login');
    this.passcode = headers.get('passcode');
    this.headers = headers;
    this.request = peer.request;
    this.remoteAddress = peer.remoteAddress;
    this.#peer = peer;
  }

  /** Made when somebody asks for them. */
  get attributes(): Map<string, unknown> {
    return this.#peer.attributes;
  }
}

/** What one frame may have before CONNECTED and after it. The same for all sessions of a server. */
export interface SessionFrameLimits {
  readonly unconnected: FrameLimits;
  readonly connected: FrameLimits;
}

/** The limits of frames, as the limits of a server say. */
export function frameLimits(limits: Limits): SessionFrameLimits {
  const { headerLineBytes, headers, unconnectedFrameBytes, frameBodyBytes } = limits;
  const line = { headerLineBytes, headers };
  const name = 'unconnectedFrameBytes';
  const whole = { frameBytes: unconnectedFrameBytes, frameBytesName: name };
  return {
    unconnected: { ...line, bodyBytes: unconnectedFrameBytes, bodyBytesName: name, ...whole },
    connected: { ...line, bodyBytes: frameBodyBytes, bodyBytesName: 'frameBodyBytes', frameBytes: Infinity },
  };
}

/** Throws where a user's time is over already, or is no number: who cannot say until when, is let in until now. */
export function refuseExpired(user: User | undefined, nowMs: number): void {
  if (user?.expiresAtMs === undefined || user.expiresAtMs > nowMs) return;
  throw new StompError('the login has expired', { reason: 'auth-expired' });
}

/** The highest version both know; 1.0 where the client names none (STOMP 1.2 §Protocol Negotiation). */
export const negotiateVersion = rememberingLast((accepted: string | undefined): StompVersion => {
  if (accepted === undefined) return '1.0';
  const known = new Set(accepted.split(',').map((each) => each.trim()));
  const version = stompVersions.find((each) => known.has(each));
  if (version) return version;
  throw new StompError('Supported protocol versions are 1.2, 1.1 and 1.0', {
    code: 'ERR_STOMP_VERSION',
    headers: { version: '1.2,1.1,1.0' },
  });
});

function login(
  credentials: Credentials,
  options: ResolvedOptions,
  report: (error: Error) => void,
): MaybePromise<User | undefined> {
  // What `authenticate` throws by accident must not tell a stranger how it works, but the application.
  const refuse = (cause: unknown): never => {
    if (cause instanceof StompError) throw cause;
    report(new Error('authenticate threw what is no StompError: the client was refused', { cause }));
    throw new StompError('Login failed', { reason: 'unauthorized', cause });
  };
  let user: MaybePromise<User | undefined>;
  try {
    user = options.authenticate(credentials);
  } catch (cause) {
    return refuse(cause);
  }
  return isThenable(user) ? Promise.resolve(user).then(checked, refuse) : checked(user);
}

// Whoever answers false or null meant to refuse, not to let in nobody in particular.
function checked(user: User | undefined): User | undefined {
  const answer: unknown = user;
  const isObject = typeof answer === 'object' && answer !== null;
  if (answer === undefined || (isObject && 'name' in answer && typeof answer.name === 'string')) return user;
  const allowed = 'a user, { name: text }, or undefined for nobody in particular';
  throw new TypeError(`authenticate has to return ${allowed}; it refuses by a throw`);
}
