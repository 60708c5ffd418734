import { type Agent, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { explainFailure, refused, unavailable } from './errors.ts';

/** How the requests to an InfluxDB are sent. */
export interface TransportOptions {
  /** For example `http://127.0.0.1:8086`; a path before `/query` is kept. */
  readonly url: string;
  /** Given up after this long: waiting for a turn, connecting, waiting and reading together. */
  readonly timeoutMs: number;
  /** Octets of one answer. Default 64 MiB. */
  readonly answerBytes?: number;
  /** Requests at the same time; more wait. Default 8. */
  readonly parallel?: number;
}

export interface TransportRequest {
  readonly method: 'GET' | 'POST';
  /** With its query string. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly time: TimeLimit;
}

/** A span of time that several requests share. */
export interface TimeLimit {
  /** The whole of it, as it is told. */
  readonly limitMs: number;
  /** When it is over, by `performance.now()`. */
  readonly endMs: number;
}

/** A span of time from now on. */
export function timeLimit(limitMs: number): TimeLimit {
  return { limitMs, endMs: performance.now() + limitMs };
}

/** Status and body of any answer at all. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** What `X-Influxdb-Version` says; '' where it is not sent. */
  readonly version: string;
  /** What Retry-After says; '' where it is not sent. */
  readonly retryAfter: string;
  readonly text: string;
}

const defaultAnswerBytes = 64 * 1024 * 1024;
/** InfluxDB keeps idle connections for minutes; a tick of the longest interval finds them open. */
const idleConnections = 8;

/**
 * HTTP to one server over connections that are kept, with a limit in time, in octets and in requests at once.
 * Redirects are not followed: they would carry the credentials to wherever they point.
 */
export class Transport {
  /** For messages, for example `InfluxDB at http://127.0.0.1:8086`. */
  readonly place: string;
  readonly #base: URL;
  readonly #path: string;
  readonly #answerBytes: number;
  readonly #agent: Agent;
  readonly #underWay = new Set<AbortController>();
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;
  #free: number;

  /** @throws TypeError for a URL that is not plain http or https, or that holds a password */
  constructor({ url, answerBytes = defaultAnswerBytes, parallel = 8 }: TransportOptions) {
    this.#base = baseOf(url);
    this.#path = this.#base.pathname.replace(/\/+$/, '');
    this.place = `InfluxDB at ${this.#base.origin}${this.#path}`;
    this.#answerBytes = answerBytes;
    this.#free = parallel;
    const options = { keepAlive: true, maxFreeSockets: idleConnections };
    this.#agent = this.#base.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** @throws StoreError `ERR_STORE_UNAVAILABLE`; `ERR_STORE_REFUSED` where the answer is too large */
  async send(request: TransportRequest): Promise<Answer> {
    if (this.#isClosed) throw unavailable('The store is closed');
    const controller = new AbortController();
    this.#underWay.add(controller);
    // Waiting for a turn counts: whoever asked waits for it too.
    const leftMs = Math.max(0, request.time.endMs - performance.now());
    const timer = setTimeout(() => controller.abort(), leftMs);
    try {
      await this.#turn(controller.signal);
      try {
        return await this.#sendTwice(request, controller.signal);
      } finally {
        this.#next();
      }
    } catch (error) {
      if (this.#isClosed) throw unavailable('The store is closed', error);
      if (controller.signal.aborted) throw late(this.place, request.time, error);
      throw explainFailure(this.place, error);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
    }
  }

  /** Ends what is under way; every later call fails. */
  close(): void {
    this.#isClosed = true;
    for (const controller of this.#underWay) controller.abort();
    this.#agent.destroy();
  }

  /**
   * A kept connection that the server closes at this moment fails through nobody's fault: then once more, on one
   * of its own. All that is sent may be sent twice, writes too.
   */
  async #sendTwice(request: TransportRequest, signal: AbortSignal): Promise<Answer> {
    const sent = { onKeptConnection: false, isAnswered: false };
    try {
      return await this.#sendOnce(request, signal, sent, this.#agent);
    } catch (error) {
      if (!sent.onKeptConnection || sent.isAnswered || signal.aborted) throw error;
      return this.#sendOnce(request, signal, sent, false);
    }
  }

  async #sendOnce(
    { method, path, headers, body }: TransportRequest,
    signal: AbortSignal,
    sent: { onKeptConnection: boolean; isAnswered: boolean },
    agent: Agent | false,
  ): Promise<Answer> {
    const send = this.#base.protocol === 'https:' ? requestHttps : requestHttp;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(
        new URL(`${this.#path}${path}`, this.#base),
        { method, headers: { ...headers, ...length }, agent, signal },
        resolve,
      );
      request.on('error', reject);
      request.on('socket', () => {
        sent.onKeptConnection = request.reusedSocket;
      });
      request.end(body);
    });
    sent.isAnswered = true;
    return {
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'] ?? '',
      version: headerText(response.headers['x-influxdb-version']),
      retryAfter: headerText(response.headers['retry-after']),
      text: await readText(response, this.#answerBytes, this.place),
    };
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(signal.reason);
      };
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Hands the turn on, or frees it. */
  #next(): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting();
    else this.#free += 1;
  }
}

/** What is said of an answer that did not come in time. */
export function late(place: string, { limitMs }: TimeLimit, cause?: unknown) {
  return unavailable(`${place} did not answer within ${limitMs / 1000} s`, cause);
}

function baseOf(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new TypeError('the URL of InfluxDB must begin with http:// or https://');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TypeError('the URL of InfluxDB must not hold user and password: give them apart');
  }
  return parsed;
}

function headerText(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

async function readText(response: IncomingMessage, limitBytes: number, place: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > limitBytes) {
      throw refused(
        `${place} answered with more than ${Math.round(limitBytes / 1024 / 1024)} MiB: ` +
          'ask for a shorter range or fewer series',
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString('utf8');
}
