import { StoreError } from '../metricStore.ts';

/** As much of InfluxDB's own words as a page can show. */
const longestReason = 300;

/** The database cannot be asked now; later it may. */
export function unavailable(message: string, cause?: unknown): StoreError {
  return new StoreError('ERR_STORE_UNAVAILABLE', message, { cause });
}

/** The database understood and said no: the same again would be refused again. */
export function refused(message: string, reason = ''): StoreError {
  return new StoreError('ERR_STORE_REFUSED', withReason(message, reason));
}

/** The database knows no such user or token, or gives it no right; tomorrow it may. */
export class LoginRefused extends StoreError {
  constructor(message: string, reason: string) {
    super('ERR_STORE_REFUSED', withReason(message, reason));
  }
}

function withReason(message: string, reason: string): string {
  const words = oneLine(reason);
  return words === '' ? message : `${message}: ${words}`;
}

/** Why no answer came: what `node:http` threw, in words. A `StoreError` stays as it is. */
export function explainFailure(place: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  // InfluxDB 1.x copies octets of a bad line or statement into a header as they are, which HTTP forbids.
  if (code === 'HPE_INVALID_HEADER_TOKEN') {
    return refused(`${place} refused the request, and its reason cannot be read`);
  }
  return unavailable(`${place} ${failureWords(code, innermost(error))}`, error);
}

function failureWords(code: string, cause: string): string {
  if (code === 'ECONNREFUSED') return 'refused the connection';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'was not found: its host name is not known';
  if (code === 'ETIMEDOUT') return 'did not take the connection in time';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'cannot be reached: there is no route to it';
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return 'closed the connection before it had answered';
  }
  if (code.startsWith('HPE_')) return 'does not speak HTTP there';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return 'does not speak TLS there: is it http:// in place of https://?';
  }
  if (/CERT|TLS|SSL|SIGNATURE/.test(code)) return `has a TLS certificate that is not trusted (${code})`;
  return `could not be asked (${code === '' ? cause : code})`;
}

/** The code of the innermost cause that has one. */
function codeOf(error: unknown): string {
  let code = '';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') code = at.code;
  }
  return code;
}

/** The words of the innermost cause, such as `bad port`. */
function innermost(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause !== undefined) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}

/** What a status other than success means, with InfluxDB's own reason where it gives one. */
export function explainStatus(
  place: string,
  answer: { readonly status: number; readonly contentType: string; readonly text: string },
  secrets: readonly string[],
): StoreError {
  const { status } = answer;
  const reason = withoutSecrets(reasonOf(answer), secrets);
  if (status === 401 || status === 403) {
    return new LoginRefused(
      `${place} refused the login (${status}): check user and password, or token`,
      reason,
    );
  }
  if (status === 429) {
    return new StoreError('ERR_STORE_OVERLOADED', `${place} takes no more requests now (429)`);
  }
  if (status < 400) {
    return unavailable(`${place} answered ${status}, which is no answer to this: is it InfluxDB?`);
  }
  if (status >= 500) {
    return unavailable(`${place} answered ${status}${reason === '' ? '' : `: ${oneLine(reason)}`}`);
  }
  return refused(`${place} refused the request (${status})`, reason);
}

/** What is wrong with the lines themselves: malformed, too large, beyond the retention. */
const refusingStatuses: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * As `explainStatus`, of a write: only what is wrong with the lines is refused for good. A login, a database or a
 * permission that is missing is for an operator to mend, and the lines are good then.
 */
export function explainWriteStatus(...answer: Parameters<typeof explainStatus>): StoreError {
  const error = explainStatus(...answer);
  const isForGood = refusingStatuses.has(answer[1].status);
  return error.code === 'ERR_STORE_REFUSED' && !isForGood ? unavailable(error.message) : error;
}

/** Some servers, and proxies before them, answer with what they were sent. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((words, secret) => words.replaceAll(secret, '…'), text);
}

function reasonOf({ contentType, text }: { readonly contentType: string; readonly text: string }): string {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) {
      if ('error' in body && typeof body.error === 'string') return body.error;
      if ('message' in body && typeof body.message === 'string') return body.message;
    }
  } catch {
    // Not JSON: plain text is a reason too, a page of HTML is not.
    if (contentType.startsWith('text/plain')) return text;
  }
  return '';
}

/** Without control characters and line ends, and not too long. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
}
