import { refusalReason } from '../live/refusal.ts';

/** Who has signed in. */
export interface User {
  readonly name: string;
  readonly role: string;
  /** Whether only some of the hosts are theirs to see. */
  readonly isScoped: boolean;
}

/** What the server says about who we are, or why it doesn't. */
export type Answer =
  /** `leftMs`: how long the login lasts from now on; undefined where it doesn't end by itself. */
  | { readonly kind: 'in'; readonly user: User; readonly leftMs: number | undefined }
  /** Nobody has to sign in here. */
  | { readonly kind: 'open' }
  /** Nobody is signed in, or not with this password. */
  | { readonly kind: 'out' }
  | { readonly kind: 'busy'; readonly waitMs: number }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'unreachable' };

/** Who we are, by the cookie. */
export function askWho(): Promise<Answer> {
  return ask('/api/me');
}

/** Signs in; the cookie that comes with the answer is for the browser alone. */
export function askIn(name: string, password: string): Promise<Answer> {
  return ask('/api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
}

/** Lets the login last longer, for every tab of this browser. */
export function askLonger(): Promise<Answer> {
  return ask('/api/refresh', { method: 'POST' });
}

/** Ends the login, for every tab of this browser. */
export function askOut(): Promise<Answer> {
  return ask('/api/logout', { method: 'POST' });
}

async function ask(path: string, init?: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    return { kind: 'unreachable' };
  }
  return readAnswer(response);
}

/** Reads an answer of `/api/me`, `/api/login`, `/api/refresh` or `/api/logout`. */
export async function readAnswer(response: Response): Promise<Answer> {
  const { status } = response;
  if (status === 204 || status === 401) return { kind: 'out' };
  const waitMs = Number(response.headers.get('retry-after')) * 1_000;
  if ((status === 429 || status === 503) && waitMs > 0) return { kind: 'busy', waitMs };
  if (status >= 500 && !isJson(response)) return { kind: 'unreachable' }; // a proxy speaks, not hostcast
  if (!response.ok) return { kind: 'failed', reason: await refusalReason(response) };
  try {
    const body: unknown = await response.json();
    return readBody(body, response.headers.get('date'));
  } catch {
    return { kind: 'failed', reason: 'unreadable answer' };
  }
}

function isJson(response: Response): boolean {
  return (response.headers.get('content-type') ?? '').includes('json');
}

/** The server's time is in the header Date: the clock of this machine may be another. */
function readBody(body: unknown, date: string | null): Answer {
  if (!isRecord(body)) return { kind: 'failed', reason: 'unreadable answer' };
  if (body.mode === 'none') return { kind: 'open' };
  const { user, expiresAtMs } = body;
  if (!isRecord(user) || typeof user.name !== 'string') return { kind: 'out' };
  const nowMs = Date.parse(date ?? '') || Date.now();
  return {
    kind: 'in',
    user: { name: user.name, role: String(user.role ?? ''), isScoped: isRecord(user.scope) },
    leftMs: typeof expiresAtMs === 'number' ? Math.max(0, expiresAtMs - nowMs) : undefined,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
