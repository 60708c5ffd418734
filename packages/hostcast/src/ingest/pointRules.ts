import type { Point } from '@hostcast/tsdb';
import type { Scope } from '../security/principal.ts';
import { seesHost } from '../security/scope.ts';

/** Longer than any name of the DNS (253), short enough for an address of the page. */
const longestHost = 255;

/**
 * Why a well-formed point is refused, or undefined: its host's name can't be one, or it is none of those that the
 * writer may write for. A writer with a scope names a host in every point.
 */
export function pointRules(scope: Scope | undefined): (point: Point) => string | undefined {
  return (point) => {
    const host = hostOf(point);
    if (host === undefined) return scope && 'it has no tag host, and the token is for certain hosts alone';
    if (host === '.' || host === '..') return `a host cannot be called ${host}`;
    if (host.length > longestHost) return `the name of a host is longer than ${longestHost} characters`;
    if (scope === undefined || seesHost(scope, host, Object.fromEntries(point.tags))) return undefined;
    return `the token is not for the host ${JSON.stringify(host)}${scope.tags ? ' with these tags' : ''}`;
  };
}

/** Whose point it is; undefined where it is of no host. */
export function hostOf({ tags }: Point): string | undefined {
  for (const [key, value] of tags) if (key === 'host') return value;
  return undefined;
}
