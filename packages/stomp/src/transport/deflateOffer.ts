// RFC 6455 §9.1 and RFC 7230 §3.2.6. A quoted value is a token too, once it is unquoted.
const token = "[\\w!#$%&'*+.^`|~-]+";
const name = new RegExp(`^${token}$`);
const parameter = new RegExp(`^(${token})(?:\\s*=\\s*(?:(${token})|"(${token})"))?$`);

/**
 * What of a client's `Sec-WebSocket-Extensions` is accepted, in the words of the answer: the first offer of
 * permessage-deflate (RFC 7692 §7.1) that leaves the server its full window, since all get the same octets. Neither
 * side's messages refer to earlier ones. Undefined where there is none; null where it is no list of extensions: with that
 * a connection has to fail.
 */
export function acceptedDeflate(header: string | undefined): string | undefined | null {
  if (header === undefined) return undefined;
  const offers = header.split(',').map((offer) => offer.split(';').map((part) => part.trim()));
  const isList = offers.every(
    ([extension = '', ...rest]) => name.test(extension) && rest.every((part) => parameter.test(part)),
  );
  if (!isList) return null;
  for (const [extension, ...rest] of offers) {
    const answer = extension === 'permessage-deflate' ? answerTo(rest) : undefined;
    if (answer !== undefined) return answer;
  }
  return undefined;
}

// RFC 7692 §7: an offer with a parameter that is unknown, doubled or out of range is declined.
function answerTo(offer: readonly string[]): string | undefined {
  const parameters = new Map<string, string | undefined>();
  for (const part of offer) {
    const [, key = '', plain, quoted] = parameter.exec(part) ?? [];
    if (parameters.has(key) || !isAcceptable(key, plain ?? quoted)) return undefined;
    parameters.set(key, plain ?? quoted);
  }
  const window = parameters.has('server_max_window_bits') ? '; server_max_window_bits=15' : '';
  return `permessage-deflate; server_no_context_takeover; client_no_context_takeover${window}`;
}

function isAcceptable(key: string, value: string | undefined): boolean {
  switch (key) {
    case 'server_no_context_takeover':
    case 'client_no_context_takeover':
      return value === undefined;
    case 'server_max_window_bits':
      return value === '15';
    case 'client_max_window_bits':
      return value === undefined || /^(?:[89]|1[0-5])$/.test(value);
    default:
      return false;
  }
}
