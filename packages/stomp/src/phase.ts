import type { DisconnectReason } from './errors.ts';

/**
 * Where a session stands: connecting ─▶ connected ─▶ closing ─▶ leaving ─▶ closed, or connecting ─▶ closed. In `closing`
 * the end is decided and its reason with it, in `leaving` the interceptors see DISCONNECT. A client's own DISCONNECT goes
 * to `leaving` at once. No way leads back, so whatever follows from a step happens once.
 */
export type Phase =
  | { readonly name: 'connecting' }
  | { readonly name: 'connected' }
  | { readonly name: 'closing' | 'leaving'; readonly reason: DisconnectReason; readonly error: unknown }
  | { readonly name: 'closed' };

/** The phases that are the same for all. */
export const connecting: Phase = { name: 'connecting' };
export const connected: Phase = { name: 'connected' };
export const closed: Phase = { name: 'closed' };
