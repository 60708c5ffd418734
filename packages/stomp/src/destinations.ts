import { isPattern, segmentsOf, sessionDestination, userDestination } from './broker/destination.ts';
import { StompError } from './errors.ts';
import type { Message, Session } from './message.ts';

/** The SUBSCRIBE that a SEND with `reply-to:/temp-queue/…` stands for begins so. */
export const temporaryPrefix = '/temp-queue/';
const replyPrefix = '/reply-queue/';

/** How long, and how hard to match, a destination or pattern may be. */
export interface DestinationLimits {
  readonly destinationLength: number;
  readonly destinationSegments: number;
  readonly doubleStars: number;
}

/** The destination header of a SEND or SUBSCRIBE. Throws where there is none, or it is above a limit. */
export function destinationOf({ destination, command }: Message, limits: DestinationLimits): string {
  if (!destination) {
    const details = `${command} must include a 'destination' header`;
    throw new StompError('Missing destination', { code: 'ERR_STOMP_HEADER_MISSING', details });
  }
  const { destinationLength, destinationSegments, doubleStars } = limits;
  if (destination.length > destinationLength) {
    throw invalid(`The destination is longer than ${destinationLength} characters (limit destinationLength)`);
  }
  if (segmentsIn(destination) > destinationSegments) {
    throw invalid(
      `The destination has more than ${destinationSegments} segments (limit destinationSegments)`,
    );
  }
  if (!destination.includes('**')) return destination;
  if (segmentsOf(destination).filter((each) => each === '**').length > doubleStars) {
    throw invalid(`The pattern has more than ${doubleStars} segments ** (limit doubleStars)`);
  }
  return destination;
}

// As many as `segmentsOf` makes: every SEND asks.
function segmentsIn(destination: string): number {
  let count = 1;
  for (let at = 1; at < destination.length; at += 1) {
    const code = destination.charCodeAt(at);
    if (code === slash || code === dot) count += 1;
  }
  return count;
}

const slash = 0x2f;
const dot = 0x2e;

/** What the broker calls a destination that a client SENDs to. Throws where there is no such destination. */
export function sendTarget(destination: string): string {
  if (isPattern(destination)) throw invalid('A pattern cannot be sent to');
  if (/^\/(?:topic|queue|reply-queue)\/./s.test(destination)) return destination;
  const [, name, rest] = /^\/user\/([^/]+)(\/(?:topic|queue)\/.+)$/s.exec(destination) ?? [];
  if (name === undefined || rest === undefined) throw unknown();
  return userDestination(decoded(name), rest);
}

/** What the broker calls a destination that a client SUBSCRIBEs to. Throws where there is none. */
export function subscribeTargets(session: Session, destination: string): readonly [string, ...string[]] {
  if (/^\/topic\/./s.test(destination)) return [destination];
  const [, user, rest] = /^(\/user)?(\/(?:topic|queue)\/.+)$/s.exec(destination) ?? [];
  if (rest === undefined) throw unknown();
  if (isPattern(destination)) throw invalid('Only topics can be subscribed to by a pattern');
  if (user === undefined) return [rest];
  const own = sessionDestination(session.id, rest);
  return session.user ? [own, userDestination(session.user.name, rest)] : [own];
}

/** A destination for the answers to one session that nobody can guess. */
export function newReplyDestination(): string {
  return replyPrefix + crypto.randomUUID();
}

/** Whether it was made by `newReplyDestination`. */
export function isReplyDestination(destination: string): boolean {
  return destination.startsWith(replyPrefix);
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // A percent sign that stands for itself.
    return name;
  }
}

function invalid(details: string): StompError {
  return new StompError('Invalid destination', { code: 'ERR_STOMP_DESTINATION', details });
}

function unknown(): StompError {
  const details = 'There is no such destination; clients know /topic/…, /queue/… and /user/queue/…';
  return new StompError('Unknown destination', { code: 'ERR_STOMP_DESTINATION', details });
}
