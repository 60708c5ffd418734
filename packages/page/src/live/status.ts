import { hostAgeMs, isOverdue } from './age.ts';
import type { Fleet, HostRow } from './snapshots.ts';

/** How the one connection to the server stands. Times are epoch ms of this machine. */
export type Link =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'connected'; readonly sinceMs: number }
  | { readonly phase: 'waiting'; readonly untilMs: number; readonly reason: string }
  /** Not to be opened again by itself; `reason` is what the server said. */
  | { readonly phase: 'ended'; readonly ending: Ending; readonly reason: string };

/** Why the server wants us not to come back as we are. */
export type Ending = 'expired' | 'unauthorized' | 'forbidden' | 'kicked';

/** What the chip in the top bar says about the data; ages in ms. */
export type FeedStatus =
  | { readonly kind: 'connecting' }
  /** This machine has no network; `inMs` until it is tried again. */
  | { readonly kind: 'offline'; readonly ageMs: number | null; readonly inMs: number | undefined }
  | { readonly kind: 'ended' }
  | {
      readonly kind: 'reconnecting';
      readonly inMs: number;
      readonly ageMs: number | null;
      readonly reason: string;
    }
  /** Just connected: what came meanwhile is on its way. */
  | { readonly kind: 'catching-up' }
  | { readonly kind: 'source'; readonly words: string }
  | { readonly kind: 'stale'; readonly ageMs: number }
  /** Connected, and no host has ever reported. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'live'; readonly intervalMs: number; readonly ageMs: number };

export interface FeedFacts {
  readonly link: Link;
  readonly fleet: Fleet | undefined;
  /** False where the browser says that there is no network, and nothing has come since. */
  readonly isOnline: boolean;
  /** Now, by the server's clock and by ours, epoch ms. */
  readonly serverMs: number;
  readonly localMs: number;
}

/** From a connect until the first snapshot over it, ms, at most. */
const catchUpMs = 5_000;

/**
 * How the feed stands, the gravest first: no connection, a store that doesn't answer, snapshots that don't
 * come, hosts that don't report, and only then live.
 */
export function feedStatus({ link, fleet, isOnline, serverMs, localMs }: FeedFacts): FeedStatus {
  if (link.phase === 'ended') return { kind: 'ended' };
  const ageMs = fleet ? newestAgeMs(fleet.hosts, serverMs) : null;
  const inMs = link.phase === 'waiting' ? Math.max(0, link.untilMs - localMs) : undefined;
  if (!isOnline) return { kind: 'offline', ageMs, inMs };
  if (link.phase === 'waiting') return { kind: 'reconnecting', inMs: inMs ?? 0, ageMs, reason: link.reason };
  if (link.phase === 'connecting' || !fleet) return { kind: 'connecting' };
  if (isOverdue(fleet, serverMs) && localMs - link.sinceMs < catchUpMs) return { kind: 'catching-up' };
  if (fleet.source !== 'live') return { kind: 'source', words: fleet.source };
  if (isOverdue(fleet, serverMs)) return { kind: 'stale', ageMs: serverMs - fleet.time };
  const isReporting = fleet.hosts.some(({ state }) => state === 'live' || state === 'delayed');
  if (ageMs === null) return { kind: 'empty' };
  if (!isReporting) return { kind: 'stale', ageMs };
  return { kind: 'live', intervalMs: fleet.intervalMs, ageMs };
}

/** Whether what is shown of the fleet may be otherwise by now: the next snapshot is overdue, or cannot come. */
export function isOutOfDate({
  link,
  fleet,
  serverMs,
}: Pick<FeedFacts, 'link' | 'fleet' | 'serverMs'>): boolean {
  if (fleet === undefined) return false;
  return link.phase !== 'connected' || isOverdue(fleet, serverMs);
}

function newestAgeMs(hosts: readonly HostRow[], serverMs: number): number | null {
  let newest: number | null = null;
  for (const host of hosts) {
    const ageMs = hostAgeMs(host, serverMs);
    if (ageMs !== null && (newest === null || ageMs < newest)) newest = ageMs;
  }
  return newest;
}
