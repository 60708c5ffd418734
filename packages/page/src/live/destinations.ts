/** The destination of the whole fleet. */
export const fleetDestination = '/topic/hosts';

const utf8 = new TextEncoder();

/**
 * The destination of one host: characters outside `A-Za-z0-9_-` percent-encoded as UTF-8 octets, so that the
 * name is one segment: `db.1` becomes `/topic/hosts.db%2E1`.
 */
export function hostDestination(host: string): string {
  return `${fleetDestination}.${host.replace(/[^A-Za-z0-9_-]/gu, percentEncoded)}`;
}

function percentEncoded(character: string): string {
  let encoded = '';
  for (const octet of utf8.encode(character)) {
    encoded += `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/** The page of one host. */
export function hostPath(host: string): string {
  return `/hosts/${encodeURIComponent(host)}`;
}
