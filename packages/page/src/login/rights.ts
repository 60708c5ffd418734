import type { User } from './requests.ts';

/** Who is told how to add a host: everybody where there is no login, else operators and admins. */
export function mayAddHosts(user: User | undefined): boolean {
  return user === undefined || (user.role !== 'viewer' && !user.isScoped);
}

/** Who can make the token that a new host writes with. */
export function mayMakeTokens(user: User | undefined): boolean {
  return user?.role === 'admin' && !user.isScoped;
}
