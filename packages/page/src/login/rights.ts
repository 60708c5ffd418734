import type { User } from './requests.ts';

/** Who is told how to add a host: everybody where there is no login, else operators and admins. */
export function mayAddHosts(user: User | undefined): boolean {
  return operatesAll(user);
}

/** Who sees the connections: the same. */
export function maySeeConnections(user: User | undefined): boolean {
  return operatesAll(user);
}

/** Who can make the token that a new host writes with. */
export function mayMakeTokens(user: User | undefined): boolean {
  return user?.role === 'admin' && !user.isScoped;
}

function operatesAll(user: User | undefined): boolean {
  return user === undefined || (user.role !== 'viewer' && !user.isScoped);
}
