import { refusalReason } from '../live/refusal.ts';

/** A token that was made, or in words why not. */
export type MadeToken = { readonly token: string } | { readonly reason: string };

/** Has the server make a token that writes figures of the hosts that a pattern matches, of all where it is empty. */
export async function makeToken(pattern: string): Promise<MadeToken> {
  const hosts = pattern.split(',').flatMap((each) => each.trim() || []);
  try {
    const response = await fetch('/api/tokens', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: tokenName(hosts), ...(hosts.length > 0 && { hosts }) }),
    });
    if (!response.ok) return { reason: await refusalReason(response) };
    const body: unknown = await response.json();
    return isMade(body) ? { token: body.token } : { reason: 'unreadable answer' };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What the token is listed as, in the characters that such names may have: `telegraf-web-1`. */
export function tokenName(hosts: readonly string[]): string {
  const [host = 'any'] = hosts;
  return `telegraf-${host.replace(/[^\w.@+-]+/g, '_')}`.slice(0, 64);
}

function isMade(body: unknown): body is { token: string } {
  return typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string';
}
