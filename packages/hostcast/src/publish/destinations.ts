/** Where snapshots are published. No imports: the page uses this file too. */

export const fleetDestination = '/topic/hosts';

const hostPrefix = '/topic/hosts.';

/**
 * `/topic/hosts.<host>`: every octet of the name outside `A-Za-z0-9_-` percent-encoded, so that a host is one
 * segment and `/topic/hosts.*` is every host. `web-1.example` becomes `/topic/hosts.web-1%2Eexample`.
 */
export function hostDestination(host: string): string {
  return hostPrefix + encodeHost(host);
}

/** The host of a destination that `hostDestination` made; null for any other destination or spelling. */
export function hostOfDestination(destination: string): string | null {
  if (!destination.startsWith(hostPrefix)) return null;
  const encoded = destination.slice(hostPrefix.length);
  if (!/^(?:[A-Za-z0-9_-]|%[0-9A-F]{2})+$/.test(encoded)) return null;
  const host = decode(encoded);
  return host !== null && encodeHost(host) === encoded ? host : null;
}

function encodeHost(host: string): string {
  return encodeURIComponent(host).replace(
    /[!'()*.~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null; // octets that are no UTF-8: nobody's name
  }
}
