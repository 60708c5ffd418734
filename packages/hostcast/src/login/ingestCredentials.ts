import type { IncomingMessage } from 'node:http';

/** Longer than any token, whoever made it; what is longer is not looked at. */
const longest = 512;

/**
 * All that may be a token in a request of something that writes, in the order in which it should be tried, as
 * Telegraf and the clients of InfluxDB send it: `Authorization: Token …` (2.x), `Bearer …` (3.x), `Basic …` with the
 * token as password, or as user (1.x), `Token user:password` (1.8 for clients of 2.x), and `?u=&p=` (1.x).
 */
export function ingestCredentials({ headers, url }: Pick<IncomingMessage, 'headers' | 'url'>): string[] {
  const given = [...fromHeader(headers.authorization ?? ''), ...fromQuery(url ?? '')];
  return [...new Set(given)].filter((text) => text !== '' && text.length <= longest);
}

function fromHeader(header: string): string[] {
  const space = header.indexOf(' ');
  if (space < 0) return [];
  const rest = header.slice(space + 1).trim();
  switch (header.slice(0, space).toLowerCase()) {
    case 'bearer':
      return [rest];
    case 'token':
      return rest.includes(':') ? passwordFirst(rest) : [rest];
    case 'basic':
      return passwordFirst(Buffer.from(rest, 'base64').toString('utf8'));
    default:
      return [];
  }
}

/** RFC 7617 §2: the first colon ends the name. */
function passwordFirst(pair: string): string[] {
  const colon = pair.indexOf(':');
  return colon < 0 ? [pair] : [pair.slice(colon + 1), pair.slice(0, colon)];
}

function fromQuery(url: string): string[] {
  const start = url.indexOf('?');
  if (start < 0) return [];
  const query = new URLSearchParams(url.slice(start));
  return [query.get('p') ?? '', query.get('u') ?? ''];
}
