import { createHash } from 'node:crypto';
import { networkOf } from '@hostcast/stomp';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts attempts by where they come from. */
export interface RateLimit {
  /**
   * Counts one attempt of an address, IPv6 by /64, and perhaps of a name there. 0 where it may go on; otherwise
   * the ms after which to come again, until when nothing should be done for it.
   */
  take(address: string, name?: string): Promise<number>;
  /** Takes back one that was let through, and turned out to be none that has to be limited. */
  giveBack(address: string, name?: string): Promise<void>;
}

export interface RateLimitOptions {
  readonly perMinute: number;
  /** Addresses, or addresses with a name, that are remembered; above it the oldest is forgotten. Default 50,000. */
  readonly keys?: number;
}

const windowMs = 60_000;

// About 440 octets each (measured 2026-11 with 100,000 keys): 22 MB.
const defaultKeys = 50_000;

const longKey = 64;

/** A limit of so many attempts a minute, from the first attempt on, that stays small whoever comes. */
export function createRateLimit({ perMinute, keys = defaultKeys }: RateLimitOptions): RateLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: windowMs / 1_000 });
  // When each began its minute: the first is the oldest. The limiter itself has no limit.
  const began = new Map<string, number>();
  const makeRoom = async () => {
    const now = Date.now();
    for (const [key, atMs] of began) {
      if (now - atMs < windowMs && began.size < keys) return;
      began.delete(key);
      await limiter.delete(key);
    }
  };
  return {
    async take(address, name = '') {
      const key = keyOf(address, name);
      const now = Date.now();
      if (now - (began.get(key) ?? 0) >= windowMs) {
        began.delete(key); // so that it is the newest again
        await makeRoom();
        began.set(key, now);
      }
      return waitMs(limiter.consume(key));
    },
    async giveBack(address, name = '') {
      const key = keyOf(address, name);
      if (began.has(key)) await limiter.reward(key);
    },
  };
}

/**
 * The limit of logins: so many of one name a minute from one address, and six times as many from the address,
 * whatever names it tries.
 */
export function createLoginLimit({ loginsPerMinute }: { readonly loginsPerMinute: number }): RateLimit {
  const byAddress = createRateLimit({ perMinute: 6 * loginsPerMinute });
  const byName = createRateLimit({ perMinute: loginsPerMinute });
  return {
    async take(address, name) {
      // Names of an address that is over its limit are not even remembered.
      return (await byAddress.take(address)) || byName.take(address, name);
    },
    async giveBack(address, name) {
      await byAddress.giveBack(address);
      await byName.giveBack(address, name);
    },
  };
}

/** The value of a Retry-After header. */
export function retryAfter(waitMs: number): string {
  return String(Math.ceil(waitMs / 1_000));
}

async function waitMs(consumed: Promise<RateLimiterRes>): Promise<number> {
  try {
    await consumed;
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(1, refusal.msBeforeNext);
    throw refusal;
  }
}

/** A name may be as long as a body; what is remembered is not. */
function keyOf(address: string, name: string): string {
  const key = `${networkOf(address)}\n${name}`;
  return key.length <= longKey ? key : createHash('sha256').update(key).digest('base64');
}
