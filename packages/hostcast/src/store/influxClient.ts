import type { Tag } from '@hostcast/tsdb';
import { explainFailure, explainStatus, refused, unavailable } from './influxErrors.ts';
import type { StoreError } from './metricStore.ts';

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

/** One series of an answer, as InfluxDB sends it: with GROUP BY it has tags, else none. */
export interface InfluxSeries {
  readonly name: string;
  readonly tags: readonly Tag[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
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
   * @throws StoreError as `query`
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
    const form = new URLSearchParams({ q: statement, epoch: 'ms', ...parameters(target) });
    const answer = await this.#post('/query', form, target.timeoutMs);
    if (answer.status !== 200) throw this.#refusal(answer);
    return parseAnswer(answer, this.place);
  }

  async write(lines: string, target: InfluxTarget): Promise<void> {
    const search = new URLSearchParams({ ...parameters(target), precision: 'ns' });
    const answer = await this.#post(`/write?${search}`, lines, target.timeoutMs);
    if (answer.status !== 204) throw this.#refusal(answer);
  }

  close(): void {
    this.#isClosed = true;
    for (const controller of this.#underWay) controller.abort();
  }

  #refusal(answer: Answer): StoreError {
    return explainStatus(this.place, answer, this.#secrets());
  }

  #secrets(): readonly string[] {
    const { token = '', password = '' } = this.#options;
    return [token, password].filter((secret) => secret !== '');
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

/** The only result of an answer with status 200. */
function parseAnswer({ text, contentType }: Answer, place: string): readonly InfluxSeries[] {
  const result = firstResult(text, contentType, place);
  if ('error' in result) throw refused(`${place} refused the query`, String(result.error));
  if ('partial' in result && result.partial === true) throw partial(place);
  if (!('series' in result)) return [];
  const { series } = result;
  if (!Array.isArray(series)) throw notUnderstood(place, 'its list of series is not a list');
  return series.map((one: unknown) => parseSeries(one, place));
}

function firstResult(text: string, contentType: string, place: string): object {
  const answer = parseJson(text, contentType, place);
  if ('error' in answer) throw refused(`${place} refused the query`, String(answer.error));
  const results = 'results' in answer ? answer.results : undefined;
  const first: unknown = Array.isArray(results) ? results[0] : undefined;
  if (typeof first !== 'object' || first === null) throw notUnderstood(place, 'it holds no result');
  return first;
}

function parseJson(text: string, contentType: string, place: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    const kind = contentType.split(';')[0] || 'no content type';
    const why = /json/.test(kind)
      ? 'the JSON is broken off or damaged'
      : `${kind}, not JSON: is it InfluxDB?`;
    throw unavailable(`${place} sent an answer that cannot be read (${why})`, error);
  }
  throw notUnderstood(place, 'it is not an object');
}

function parseSeries(series: unknown, place: string): InfluxSeries {
  if (typeof series !== 'object' || series === null) throw notUnderstood(place, 'a series is not an object');
  if ('partial' in series && series.partial === true) throw partial(place);
  const columns = 'columns' in series ? series.columns : undefined;
  const rows = 'values' in series ? series.values : [];
  if (!isListOf(columns, isString) || !isListOf(rows, Array.isArray)) {
    throw notUnderstood(place, 'a series has no columns or no rows');
  }
  const name = 'name' in series && isString(series.name) ? series.name : '';
  return { name, tags: 'tags' in series ? parseTags(series.tags) : [], columns, rows };
}

/** An empty value is how InfluxDB says that a series lacks a tag. */
function parseTags(tags: unknown): Tag[] {
  if (typeof tags !== 'object' || tags === null) return [];
  return Object.entries(tags)
    .filter((tag): tag is [string, string] => isString(tag[1]) && tag[1] !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function isListOf<Item>(value: unknown, is: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(is);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function partial(place: string): StoreError {
  return refused(`${place} gave only part of the rows: raise its max-row-limit or ask for less`);
}

function notUnderstood(place: string, why: string): StoreError {
  return unavailable(`${place} sent an answer that cannot be read (${why})`);
}
