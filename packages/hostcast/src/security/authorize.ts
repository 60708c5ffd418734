import type { Access, Session } from '@hostcast/stomp';
import { decideDestination } from './policy.ts';
import type { Principal } from './principal.ts';

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

/** Whether a session may still have all that it has subscribed to. */
export function mayKeepSubscriptions(session: Session): boolean {
  return [...session.subscriptions.values()].every(
    ({ destination }) => decideDestination(principalOf(session), 'SUBSCRIBE', destination) === 'allow',
  );
}
