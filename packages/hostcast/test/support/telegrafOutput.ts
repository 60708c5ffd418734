import { GoStompClient } from './goStompClient.ts';
import { type Answer, TelegrafClient } from './telegrafClient.ts';

export type OutputKind = 'influxdb' | 'influxdb_v2' | 'influxdb_v3' | 'http' | 'stomp';

/** What stands in telegraf.conf under `[[outputs.…]]`; anything left out is as in Telegraf. */
export interface OutputSettings {
  readonly urls?: readonly string[];
  /** Of outputs.http. */
  readonly url?: string;
  readonly token?: string;
  readonly organization?: string;
  readonly bucket?: string;
  readonly database?: string;
  readonly username?: string;
  readonly password?: string;
  readonly skip_database_creation?: boolean;
  readonly content_encoding?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly http_headers?: Readonly<Record<string, string>>;
  readonly data_format?: string;
  readonly queueName?: string;
}

/** What becomes of a batch: indices into it, as Telegraf's PartialWriteError has them; the others are kept. */
interface Fate {
  readonly accepted: readonly number[];
  readonly rejected: readonly number[];
}

type Write = (metrics: readonly string[]) => Promise<Fate>;

/**
 * The buffer and the output of a Telegraf, which decides by the answer what it keeps, as its Go code does
 * (models/running_output.go; plugins/outputs/influxdb/http.go writeBatch, validateResponse and CreateDatabase;
 * influxdb_v2/http.go Write, writeBatch, splitAndWrite and getRetryDuration; influxdb_v3/client.go write and
 * splitAndWriteBatch; http/http.go writeMetric; stomp/stomp.go Write). A metric is a line here.
 */
export class TelegrafOutput {
  token = '';
  /** Metrics that could not be sent yet, the oldest first. */
  kept: string[] = [];
  readonly dropped: string[] = [];
  /** Metrics that newer ones have pushed out of the buffer. */
  overwritten = 0;
  readonly answers: Answer[] = [];
  /** To CREATE DATABASE. */
  readonly created: Answer[] = [];
  /** How many metrics each request had. */
  readonly sizes: number[] = [];
  /** What its clock says; it is nobody else's. */
  nowMs = 0;
  /** Not before this will it send again. */
  retryAtMs = 0;
  readonly batchSize: number;
  readonly bufferLimit: number;
  readonly #kind: OutputKind;
  readonly #settings: OutputSettings;
  readonly #port: number;
  readonly #client: TelegrafClient;
  #retries = 0;
  #hasAskedForDatabase = false;
  #stomp: GoStompClient | undefined;

  /** @param port where it sends: of the URL in its settings only the path counts */
  constructor(
    kind: OutputKind,
    port: number,
    settings: OutputSettings = {},
    { batchSize = 1_000, bufferLimit = 10_000 } = {},
  ) {
    this.#kind = kind;
    this.#settings = settings;
    this.#port = port;
    this.#client = new TelegrafClient(port);
    this.token = settings.token ?? settings.password ?? '';
    this.batchSize = batchSize;
    this.bufferLimit = bufferLimit;
  }

  /** Local ports used: more than one means that a connection was lost. */
  get ports(): ReadonlySet<number | undefined> {
    return this.#client.ports;
  }

  /** RunningOutput: takes metrics into the buffer, and sends what is there, batch by batch, up to the first error. */
  async flush(lines: string): Promise<void> {
    this.kept.push(...lines.split(/(?<=\n)/).filter((line) => line !== ''));
    const over = this.kept.length - this.bufferLimit;
    if (over > 0) this.overwritten += this.kept.splice(0, over).length;
    const batches = Math.floor(this.kept.length / this.batchSize) + 1;
    for (let i = 0; i < batches && this.kept.length > 0; i += 1) {
      const batch = this.kept.slice(0, this.batchSize);
      const { accepted, rejected } = await this.#writes[this.#kind](batch).catch(() => keep); // no answer
      this.dropped.push(...rejected.map((index) => batch[index]!));
      const gone = new Set([...accepted, ...rejected]);
      this.kept.splice(0, batch.length, ...batch.filter((_, index) => !gone.has(index)));
      // outputs.influxdb says that what it drops is written.
      if (gone.size < batch.length || (rejected.length > 0 && this.#kind !== 'influxdb')) return;
    }
  }

  /** As when Telegraf ends. */
  async close(): Promise<void> {
    this.#client.close();
    await this.#stomp?.disconnect().catch(() => undefined);
  }

  readonly #writes: Readonly<Record<OutputKind, Write>> = {
    influxdb: (metrics) => this.#writeV1(metrics),
    influxdb_v2: (metrics) => this.#writeV2(metrics),
    influxdb_v3: (metrics) => this.#writeV3(metrics),
    http: (metrics) => this.#writeHttp(metrics),
    stomp: (metrics) => this.#writeStomp(metrics),
  };

  async #writeV1(metrics: readonly string[]): Promise<Fate> {
    const { database = 'telegraf', skip_database_creation: isSkipped = false } = this.#settings;
    if (!isSkipped && !this.#hasAskedForDatabase) await this.#createDatabase(database);
    this.#hasAskedForDatabase = true;
    const { status, body } = await this.#send(`write?db=${database}`, metrics, this.#basic());
    if (status === 204) return accept(metrics);
    const error = jsonError(body);
    if (error === undefined) return keep;
    if (error.includes('database not found')) {
      await this.#createDatabase(database);
      return keep;
    }
    // It calls that written: nothing is told but its log.
    if (Math.floor(status / 100) === 4 || droppingWords.test(error)) return reject(metrics);
    return keep;
  }

  async #writeV2(metrics: readonly string[]): Promise<Fate> {
    if (this.retryAtMs > this.nowMs) return keep;
    const answer = await this.#sendV2(metrics);
    if (answer.status === 413) return this.#splitV2(metrics, 0);
    return this.#fateOfV2(answer, metrics);
  }

  /** splitAndWrite: halves, and halves of those, also after one has failed. */
  async #splitV2(metrics: readonly string[], offset: number): Promise<Fate> {
    const middle = Math.floor(metrics.length / 2);
    const fates: Fate[] = [];
    for (const [from, to] of [
      [0, middle],
      [middle, metrics.length],
    ] as const) {
      const half = metrics.slice(from, to);
      if (half.length === 0) continue;
      const answer = await this.#sendV2(half);
      if (answer.status === 413 && metrics.length > 1) fates.push(await this.#splitV2(half, offset + from));
      else fates.push(shifted(this.#fateOfV2(answer, half), offset + from));
    }
    return joined(fates);
  }

  #sendV2(metrics: readonly string[]): Promise<Answer> {
    const { organization = '', bucket = '' } = this.#settings;
    const path = `api/v2/write?bucket=${bucket}&org=${organization}`;
    return this.#send(path, metrics, { authorization: `Token ${this.token}` });
  }

  async #writeV3(metrics: readonly string[]): Promise<Fate> {
    if (this.retryAtMs > this.nowMs) return keep;
    const answer = await this.#sendV3(metrics);
    if (answer.status !== 413) return this.#fateOfV2(answer, metrics);
    // splitAndWriteBatch: once, and the whole batch comes again where one half fails in any way.
    const middle = Math.floor(metrics.length / 2);
    for (const half of [metrics.slice(0, middle), metrics.slice(middle)]) {
      const { accepted } = this.#fateOfV2(await this.#sendV3(half), half);
      if (accepted.length < half.length) return keep;
    }
    return accept(metrics);
  }

  #sendV3(metrics: readonly string[]): Promise<Answer> {
    const { database = '' } = this.#settings;
    return this.#send(`api/v3/write_lp?db=${database}`, metrics, this.#bearer());
  }

  async #writeHttp(metrics: readonly string[]): Promise<Fate> {
    const { data_format: format = 'influx', headers = {} } = this.#settings;
    const asJson = metrics.map((line) => ({ fields: { text: line }, name: 'm', tags: {}, timestamp: 0 }));
    const body = format === 'json' ? [JSON.stringify({ metrics: asJson })] : metrics;
    const { status } = await this.#send('', body, { ...this.#bearer(), ...lowerCased(headers) });
    return status >= 200 && status < 300 ? accept(metrics) : keep;
  }

  /** A connection that has ended is never opened again: Telegraf has to be started anew. */
  async #writeStomp(metrics: readonly string[]): Promise<Fate> {
    const { username: login = '', queueName = 'telegraf' } = this.#settings;
    this.#stomp ??= await GoStompClient.connect({ port: this.#port, login, passcode: this.token });
    try {
      for (const metric of metrics) await this.#stomp.send(queueName, metric);
    } catch {
      return keep;
    }
    return accept(metrics);
  }

  #fateOfV2({ status, headers }: Answer, metrics: readonly string[]): Fate {
    if ([200, 201, 202, 204, 206, 207, 208].includes(status)) {
      this.#retries = 0;
      return accept(metrics);
    }
    if ([401, 403, 413].includes(status)) return keep;
    if ([429, 502, 503, 504].includes(status)) {
      this.#retries += 1;
      this.retryAtMs = this.nowMs + retryMs(headers['retry-after'], this.#retries);
      return keep;
    }
    return Math.floor(status / 100) === 4 ? reject(metrics) : keep;
  }

  async #createDatabase(name: string): Promise<void> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...this.#basic() };
    const form = new URLSearchParams({ q: `CREATE DATABASE "${name}"` });
    const chunks = [Buffer.from(form.toString())];
    this.created.push(await this.#client.send({ path: this.#path('query'), headers, chunks }));
  }

  async #send(path: string, metrics: readonly string[], headers: Record<string, string>): Promise<Answer> {
    this.sizes.push(metrics.length);
    const { content_encoding: encoding = this.#kind === 'http' ? 'identity' : 'gzip' } = this.#settings;
    const sent = { path: this.#path(path), headers };
    const lines = metrics.join('');
    const answer =
      encoding === 'gzip'
        ? await this.#client.sendBatch(sent.path, lines, headers)
        : await this.#client.send({
            path: sent.path,
            headers: {
              'content-type': 'text/plain; charset=utf-8',
              'content-length': String(Buffer.byteLength(lines)),
              ...headers,
            },
            chunks: [Buffer.from(lines)],
          });
    this.answers.push(answer);
    return answer;
  }

  /** path.Join of the URL's path and the API's. */
  #path(path: string): string {
    const fallback = this.#kind === 'http' ? 'http://h/telegraf' : 'http://h';
    const { pathname } = new URL(this.#settings.url ?? this.#settings.urls?.[0] ?? fallback);
    return path === '' ? pathname : `${pathname.replace(/\/+$/, '')}/${path}`;
  }

  #basic(): Record<string, string> {
    const { username = this.token === '' ? '' : 'telegraf', http_headers: headers = {} } = this.#settings;
    const more = lowerCased(headers);
    if (username === '' && this.token === '') return more;
    const pair = Buffer.from(`${username}:${this.token}`).toString('base64');
    return { authorization: `Basic ${pair}`, ...more };
  }

  #bearer(): Record<string, string> {
    return this.token === '' ? {} : { authorization: `Bearer ${this.token}` };
  }
}

const keep: Fate = { accepted: [], rejected: [] };

function accept(metrics: readonly string[]): Fate {
  return { accepted: [...metrics.keys()], rejected: [] };
}

function reject(metrics: readonly string[]): Fate {
  return { accepted: [], rejected: [...metrics.keys()] };
}

function shifted({ accepted, rejected }: Fate, by: number): Fate {
  const shift = (indices: readonly number[]) => indices.map((index) => index + by);
  return { accepted: shift(accepted), rejected: shift(rejected) };
}

function joined(fates: readonly Fate[]): Fate {
  return {
    accepted: fates.flatMap(({ accepted }) => accepted),
    rejected: fates.flatMap(({ rejected }) => rejected),
  };
}

const droppingWords =
  /partial write|unable to parse|points beyond retention policy|retention policy not found|hinted handoff queue not empty/;

/** getRetryDuration: the longer of the header's seconds, a float (10 where it is none), and n²/40 s up to 60 s. */
function retryMs(header: string | undefined, retries: number): number {
  const backoff = Math.min(retries ** 2 / 40, 60);
  if (header === undefined) return backoff * 1_000;
  const seconds = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(header) ? Number(header) : 10;
  return Math.max(backoff, Math.min(seconds, 600)) * 1_000;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** The `error` of a JSON body, '' where there is none or no body; undefined where the body is not JSON. */
function jsonError(body: string): string | undefined {
  if (body === '') return '';
  try {
    const value = JSON.parse(body) as { error?: string } | null;
    return value?.error ?? '';
  } catch {
    return undefined;
  }
}
