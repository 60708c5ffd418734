import { retryAfter } from '../network/rateLimit.ts';

/** A login, or a token, that is not taken. Its text is for who sent it, and holds nothing of what they sent. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  /** 401 for who they are; 429 and 503 where the same might be taken later. */
  readonly statusCode: 400 | 401 | 429 | 503;
  /** When to come again. */
  readonly waitMs: number | undefined;
  /** Whether it would have been taken earlier. */
  readonly isExpired: boolean;

  constructor(
    message: string,
    options: {
      statusCode?: 400 | 401 | 429 | 503;
      waitMs?: number;
      isExpired?: boolean;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.statusCode = options.statusCode ?? 401;
    this.waitMs = options.waitMs;
    this.isExpired = options.isExpired ?? false;
  }

  /** What an answer by HTTP says besides. */
  get headers(): Readonly<Record<string, string>> {
    if (this.waitMs !== undefined) return { 'retry-after': retryAfter(this.waitMs) };
    return this.statusCode === 401 ? { 'www-authenticate': 'Bearer realm="hostcast"' } : {};
  }
}
