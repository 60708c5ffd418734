import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createSecureContext, rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** What a hostcast answered to a batch. */
export interface Answer {
  readonly status: number;
  /** What the answer says, in words; '' where it says nothing. */
  readonly message: string;
  /** How long it asks us to wait. */
  readonly retryAfterMs: number | undefined;
}

/** Sends line protocol somewhere. Throws an Error, in words for the operator, where there is no answer. */
export interface Sender {
  send(lines: string): Promise<Answer>;
  close(): void;
}

export interface SenderOptions {
  /** Of a hostcast: `https://hostcast.example.org`, perhaps with a path before `/api/…`. */
  readonly url: URL;
  readonly token: string | undefined;
  /** PEM, besides the system's and Node's own certificates. */
  readonly ca?: string | undefined;
  /** For connecting, sending and the answer together. Default 10 s. */
  readonly timeoutMs?: number;
}

const compress = promisify(gzip);
const answerBytes = 64 * 1024;
const longestMessage = 300;
/** Telegraf's cap too. */
const longestRetryMs = 10 * 60_000;

/** Sends by `POST /api/v2/write` as Telegraf's outputs.influxdb_v2 does, over one connection that is kept open. */
export function createSender(options: SenderOptions): Sender {
  return new HttpSender(options);
}

class HttpSender implements Sender {
  readonly #options: SenderOptions;
  readonly #url: URL;
  readonly #agent: HttpAgent;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#url.pathname = `${options.url.pathname.replace(/\/+$/, '')}/api/v2/write`;
    this.#url.search = '?precision=ns';
    const keeping = { keepAlive: true, maxSockets: 1 };
    this.#agent =
      options.url.protocol === 'https:'
        ? new HttpsAgent({ ...keeping, secureContext: createSecureContext({ ca: authorities(options.ca) }) })
        : new HttpAgent(keeping);
  }

  async send(lines: string): Promise<Answer> {
    const body = await compress(lines);
    try {
      const response = await this.#postOnOpen(body);
      const message = messageOf(await readStart(response), this.#options.token);
      return { status: response.statusCode ?? 0, message, retryAfterMs: retryAfterOf(response) };
    } catch (error) {
      throw new Error(explain(error, this.#options.url), { cause: error });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** A connection that was kept may have been closed meanwhile; writing twice changes nothing. */
  async #postOnOpen(body: Buffer): Promise<IncomingMessage> {
    try {
      return await this.#post(body);
    } catch (error) {
      if (error instanceof KeptConnectionError) return await this.#post(body);
      throw error;
    }
  }

  #post(body: Buffer): Promise<IncomingMessage> {
    const { token, timeoutMs = 10_000 } = this.#options;
    const request = this.#url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sending = request(this.#url, {
        method: 'POST',
        agent: this.#agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'text/plain; charset=utf-8',
          'content-encoding': 'gzip',
          'content-length': body.length,
          'user-agent': 'hostcast-agent',
          ...(token !== undefined && { authorization: `Token ${token}` }),
        },
      });
      sending.once('response', resolve).end(body);
      sending.once('error', (error) => {
        reject(
          sending.reusedSocket && isCut(error) ? new KeptConnectionError('cut', { cause: error }) : error,
        );
      });
    });
  }
}

class KeptConnectionError extends Error {
  readonly code = 'ECONNRESET';
}

function isCut(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Where the systems keep the certificates that they trust; Node has its own and does not look there. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

function authorities(ca: string | undefined): string[] {
  const found = [...rootCertificates, ...(ca === undefined ? [] : [ca])];
  for (const file of systemBundles) {
    try {
      return [...found, readFileSync(file, 'utf8')];
    } catch {
      // Another system keeps them elsewhere.
    }
  }
  return found;
}

/** Reads an answer to its end, so that its connection can be used again, and keeps the start of it. */
async function readStart(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) if (text.length < answerBytes) text += String(chunk);
  return text;
}

/** The `error` or `message` of a JSON body, without the token, which some servers say back. What is no JSON is not for people. */
function messageOf(body: string, token: string | undefined): string {
  const message = toldBy(body);
  return (token === undefined ? message : message.replaceAll(token, '…')).slice(0, longestMessage);
}

function toldBy(body: string): string {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null) return '';
    if ('error' in answer && typeof answer.error === 'string') return answer.error;
    if ('message' in answer && typeof answer.message === 'string') return answer.message;
    return '';
  } catch {
    return '';
  }
}

/** RFC 9110 §10.2.3: seconds, or a date, which nobody sends here. */
function retryAfterOf({ headers }: IncomingMessage): number | undefined {
  const seconds = headers['retry-after'];
  if (seconds === undefined || !/^\d{1,9}$/.test(seconds)) return undefined;
  return Math.min(Number(seconds) * 1_000, longestRetryMs);
}

const inWords: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there: does hostcast run, and is the port right?'],
  ['ECONNRESET', 'the connection was cut'],
  ['EPIPE', 'the connection was cut'],
  ['ENOTFOUND', 'there is no host of that name'],
  ['EAI_AGAIN', 'the name could not be resolved now'],
  ['EHOSTUNREACH', 'the host cannot be reached'],
  ['ENETUNREACH', 'the network cannot be reached'],
  ['ETIMEDOUT', 'it did not answer in time'],
  ['ABORT_ERR', 'it did not answer in time'],
  ['EPROTO', 'it does not speak TLS there: is it http:// in place of https://?'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'it does not speak TLS there: is it http:// in place of https://?'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'it does not speak TLS there: is it http:// in place of https://?'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is signed by itself: name it by --ca-file'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate is of an unknown authority: name that by --ca-file'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate is of an unknown authority: name that by --ca-file'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate is of an unknown authority: name that by --ca-file'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
]);

function explain(error: unknown, { origin }: URL): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = error instanceof Error ? error.message : String(error);
  const what = code.startsWith('HPE_') ? 'it does not speak HTTP there' : (inWords.get(code) ?? text);
  return `${origin}: ${what}`;
}
