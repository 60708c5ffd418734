/** Scheme, host with `*`, and perhaps a port, a list of ports or `[*]`. */
const patternText = /^(https?):\/\/([\w.*-]+)(?::(?:(\d{1,5})|\[(\*|\d{1,5}(?:,\d{1,5})*)\]))?$/;
/** A browser's Origin of a page with a name. */
const originText = /^(https?):\/\/([\w.-]{1,253})(?::(\d{1,5}))?$/;

/**
 * Whether an Origin is listed: as it is, or by a pattern as Spring has them: `https://*.example.org`, where `*` stands
 * for one character of a host or more, dots among them; `https://example.org:[8080,8081]` for either port;
 * `https://example.org:[*]` for any port or none. `*` alone is every Origin. TypeError for a pattern that is none.
 */
export function allowedOrigins(listed: readonly string[]): (origin: string) => boolean {
  const plain = listed.map((each) => each.toLowerCase().replace(/\/$/, ''));
  if (plain.includes('*')) return () => true;
  const exact = new Set(plain);
  const patterns = plain.filter((each) => /[*[]/.test(each) && !isAddress(each)).map(patternOf);
  return (origin) => {
    const given = origin.toLowerCase();
    if (exact.has(given)) return true;
    const [, scheme = '', host = '', port = ''] = originText.exec(given) ?? [];
    return host !== '' && patterns.some((each) => each(scheme, host, port));
  };
}

/** An origin of an IPv6 address has brackets as well. */
function isAddress(text: string): boolean {
  return /^https?:\/\/\[[\d.:a-f]+\](?::\d{1,5})?$/.test(text);
}

function patternOf(text: string): (scheme: string, host: string, port: string) => boolean {
  const [, itsScheme, name = '', onePort = '', ports] = patternText.exec(text) ?? [];
  if (itsScheme === undefined) {
    throw new TypeError(
      `allowedOrigins: ${JSON.stringify(text)} is no pattern such as https://*.example.org:[8080,8081]`,
    );
  }
  const parts = name.split('*');
  const itsPorts = new Set(ports?.split(',') ?? [onePort]);
  return (scheme, host, port) =>
    scheme === itsScheme && (ports === '*' || itsPorts.has(port)) && hasParts(host, parts);
}

/** Whether a host is these parts with one character or more between them; takes the time of its length. */
function hasParts(host: string, [first = '', ...rest]: readonly string[]): boolean {
  if (!host.startsWith(first)) return false;
  let at = first.length;
  const last = rest.pop();
  if (last === undefined) return at === host.length;
  for (const part of rest) {
    const found = host.indexOf(part, at + 1);
    if (found < 0) return false;
    at = found + part.length;
  }
  return host.length - last.length > at && host.endsWith(last);
}
