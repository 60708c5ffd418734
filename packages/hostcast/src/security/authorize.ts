import type { Access, Session } from '@hostcast/stomp';
import { createRateLimit } from '../network/rateLimit.ts';
import type { Audit } from './audit.ts';
import { decideDestination } from './policy.ts';
import type { Principal } from './principal.ts';

/** Nothing bounds what somebody is refused but the network. */
const refusalsPerMinute = 10;

/** By a session's attributes, which are there before the session is. */
const principals = new WeakMap<object, Principal>();

/** Who a session belongs to; undefined until CONNECT has passed the login. */
export function principalOf({ attributes }: Pick<Session, 'attributes'>): Principal | undefined {
  return principals.get(attributes);
}

/** Says who a session belongs to from now on. */
export function setPrincipal({ attributes }: Pick<Session, 'attributes'>, principal: Principal): void {
  principals.set(attributes, principal);
}

/** The policy, as the broker asks it. */
export function authorize({ session, command, destination }: Access): boolean {
  return decideDestination(principalOf(session), command, destination) === 'allow';
}

/** The same, with what is refused audited: so many lines a minute of one address. */
export function authorizeWith(audit: Pick<Audit, 'record'>): (access: Access) => boolean {
  const noted = createRateLimit({ perMinute: refusalsPerMinute });
  return (access) => {
    if (authorize(access)) return true;
    void note(access); // does not fail
    return false;
  };

  async function note({ session, command, destination }: Access): Promise<void> {
    const { id, user, remoteAddress: address } = session;
    if ((await noted.take(address)) > 0) return;
    const use = `${command} ${destination}`;
    audit.record('destination refused', { user: user?.name, address, session: id, use });
  }
}

/** Whether a session may still have all that it has subscribed to. */
export function mayKeepSubscriptions(session: Session): boolean {
  return [...session.subscriptions.values()].every(
    ({ destination }) => decideDestination(principalOf(session), 'SUBSCRIBE', destination) === 'allow',
  );
}
