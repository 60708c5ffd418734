import { type InfluxSeries, parseAnswer } from './answer.ts';
import { explainFailure, explainStatus, explainWriteStatus, refused, unavailable } from './errors.ts';

/** How an InfluxDB is reached. */
export interface InfluxClientOptions {
  /** For example `http://127.0.0.1:8086`; a path before `/query` is kept. */
  readonly url: string;
  /** With `password`: HTTP Basic. */
  readonly username?: string;
  readonly password?: string;
  /** Sent as `Authorization: Token …`, in place of user and password. */
  readonly token?: string;
  /** Given up after this long, connecting, waiting and reading together. */
  readonly timeoutMs: number;
  /** Octets of one answer. Default 64 MiB. */
  readonly answerBytes?: number;
  /** Requests at the same time; more wait. Default 8. */
  readonly parallel?: number;
  readonly fetch?: typeof fetch;
}

export interface InfluxTarget {
  readonly database?: string | undefined;
  readonly retentionPolicy?: string | undefined;
  /** Shorter than the client's own. */
  readonly timeoutMs?: number;
}

/** Speaks `/query` and `/write` of InfluxDB 1.x; every failure is a `StoreError` in words for the page. */
export interface InfluxClient {
  /** For messages, for example `InfluxDB at http://127.0.0.1:8086`. */
  readonly place: string;
  /**
   * The series that one statement gives; none where there is no data. Timestamps are epoch ms.
   * @throws StoreError `ERR_STORE_UNAVAILABLE`, `ERR_STORE_REFUSED`, `ERR_STORE_OVERLOADED`
   */
  query(statement: string, target?: InfluxTarget): Promise<readonly InfluxSeries[]>;
  /**
   * Writes line protocol with nanosecond timestamps.
   * @throws StoreError as `query`; `ERR_STORE_REFUSED` only where the lines themselves are refused (400, 413, 422)
   */
  write(lines: string, target: InfluxTarget): Promise<void>;
  /** Ends what is under way; every later call fails. */
  close(): void;
}

/** @throws TypeError for a URL that is not plain http or https, or that holds a password */
export function createInfluxClient(options: InfluxClientOptions): InfluxClient {
  return new Client(options);
}

/** Status and body of any answer at all. */
interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

class Client implements InfluxClient {
  readonly place: string;
  readonly #base: string;
  readonly #options: InfluxClientOptions;
  readonly #authorization: string | undefined;
  readonly #underWay = new Set<AbortController>();
  readonly #waiting: (() => void)[] = [];
  #isClosed = false;
  #free: number;

  constructor(options: InfluxClientOptions) {
    this.#base = baseOf(options.url);
    this.place = `InfluxDB at ${this.#base}`;
    this.#options = options;
    this.#authorization = authorizationOf(options);
    this.#free = options.parallel ?? 8;
  }

  async query(statement: string, target: InfluxTarget = {}): Promise<readonly InfluxSeries[]> {
    // In chunks, because an unchunked answer of 1.x marks series of more than 10,000 rows as partial even when they
    // are whole, and is subject to its max-row-limit.
    const form = new URLSearchParams({ q: statement, epoch: 'ms', chunked: 'true', ...parameters(target) });
    const answer = await this.#post('/query', form, target.timeoutMs);
    if (answer.status !== 200) throw explainStatus(this.place, answer, this.#secrets());
    return parseAnswer(answer.text, answer.contentType, this.place, this.#secrets());
  }

  async write(lines: string, target: InfluxTarget): Promise<void> {
    const search = new URLSearchParams({ ...parameters(target), precision: 'ns' });
    const answer = await this.#post(`/write?${search}`, lines, target.timeoutMs);
    if (answer.status !== 204) throw explainWriteStatus(this.place, answer, this.#secrets());
  }

  close(): void {
    this.#isClosed = true;
    for (const controller of this.#underWay) controller.abort();
  }

  #secrets(): readonly string[] {
    const { token = '', password = '' } = this.#options;
    // Also as it is sent: `Basic <user:password in base64>`.
    const [, sent = ''] = this.#authorization?.split(' ') ?? [];
    return [token, password, sent].filter((secret) => secret !== '');
  }

  async #post(path: string, body: string | URLSearchParams, timeoutMs?: number): Promise<Answer> {
    if (this.#isClosed) throw unavailable('The store is closed');
    const limitMs = Math.min(timeoutMs ?? Number.POSITIVE_INFINITY, this.#options.timeoutMs);
    const controller = new AbortController();
    this.#underWay.add(controller);
    // Waiting for a turn counts: whoever asked waits for it too.
    const timer = setTimeout(() => controller.abort(), limitMs);
    try {
      await this.#turn(controller.signal);
      try {
        return await this.#send(path, body, controller.signal);
      } finally {
        this.#next();
      }
    } catch (error) {
      if (this.#isClosed) throw unavailable('The store is closed', error);
      if (controller.signal.aborted) {
        throw unavailable(`${this.place} did not answer within ${limitMs / 1000} s`, error);
      }
      throw explainFailure(this.place, error);
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(controller);
    }
  }

  async #send(path: string, body: string | URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const headers = new Headers({ accept: 'application/json' });
    if (this.#authorization !== undefined) headers.set('authorization', this.#authorization);
    const request = this.#options.fetch ?? fetch;
    // A redirect would carry the credentials to wherever it points.
    const response = await request(`${this.#base}${path}`, {
      method: 'POST',
      body,
      headers,
      signal,
      redirect: 'manual',
    });
    const text = await readText(response, this.#options.answerBytes ?? 64 * 1024 * 1024, this.place);
    return { status: response.status, contentType: response.headers.get('content-type') ?? '', text };
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

/** The URL without a slash at its end. */
function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new TypeError('the URL of InfluxDB must begin with http:// or https://');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TypeError('the URL of InfluxDB must not hold user and password: give them apart');
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

function authorizationOf({ username, password, token }: InfluxClientOptions): string | undefined {
  if (token !== undefined) return `Token ${token}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
}

function parameters({ database, retentionPolicy }: InfluxTarget): Record<string, string> {
  return {
    ...(database === undefined ? {} : { db: database }),
    ...(retentionPolicy === undefined ? {} : { rp: retentionPolicy }),
  };
}

async function readText(response: Response, limitBytes: number, place: string): Promise<string> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
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
