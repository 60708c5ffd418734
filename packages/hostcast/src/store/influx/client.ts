import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { StoreError } from '../metricStore.ts';
import { type InfluxSeries, parseAnswer } from './answer.ts';
import { explainStatus, explainWriteStatus, LoginRefused, unavailable, withoutSecrets } from './errors.ts';
import { boundStatement, quotedStatement, type Statement } from './influxql.ts';
import {
  type Answer,
  late,
  type TimeLimit,
  Transport,
  type TransportOptions,
  timeLimit,
} from './transport.ts';
import {
  authorizationOf,
  authorizationOfPing,
  type InfluxCredentials,
  type InfluxGeneration,
  type InfluxVersion,
  readVersion,
  secretsOf,
  versionFor,
} from './version.ts';

/** How an InfluxDB is reached. */
export interface InfluxClientOptions extends TransportOptions, InfluxCredentials {
  /** What it is, where its `/ping` doesn't tell or tells something else. Default: what `/ping` tells. */
  readonly generation?: InfluxGeneration;
  /** Rows of one answer. Default 1,000,000. */
  readonly answerRows?: number;
  /** After a failure the next question waits up to this long, so that many clients don't ask at once. Default 0. */
  readonly retryJitterMs?: number;
}

export interface InfluxTarget {
  /** Of 2.x a bucket's database; `database/policy` is taken apart there, as its virtual mappings do. */
  readonly database?: string | undefined;
  readonly retentionPolicy?: string | undefined;
  /** Shorter than the client's own. */
  readonly timeoutMs?: number;
}

export interface InfluxWriteTarget extends InfluxTarget {
  /** Whether the lines go compressed. Default false. */
  readonly gzip?: boolean;
}

/** Speaks `/query` and `/write` of InfluxDB 1.x, 2.x and 3.x; every failure is a `StoreError` in words for the page. */
export interface InfluxClient {
  /** For messages, for example `InfluxDB at http://127.0.0.1:8086`. */
  readonly place: string;
  /**
   * What the server is. Asked by `/ping` when it isn't known, which is at first and after every failure; so a server
   * that is away costs one request per round, not one per statement. Answers that tell another version count too.
   * @throws StoreError `ERR_STORE_UNAVAILABLE`, `ERR_STORE_OVERLOADED`
   */
  version(timeoutMs?: number): Promise<InfluxVersion>;
  /**
   * The series that one statement gives; none where there is no data. Timestamps are epoch ms.
   * @throws StoreError `ERR_STORE_UNAVAILABLE`, `ERR_STORE_REFUSED`, `ERR_STORE_OVERLOADED`
   */
  query(statement: string | Statement, target?: InfluxTarget): Promise<readonly InfluxSeries[]>;
  /**
   * Writes line protocol with nanosecond timestamps.
   * @throws StoreError as `query`; `ERR_STORE_REFUSED` only where the lines themselves are refused (400, 413, 422)
   */
  write(lines: string | Uint8Array, target: InfluxWriteTarget): Promise<void>;
  /**
   * Writes line protocol that is compressed with gzip, and gives whatever was answered.
   * @throws StoreError `ERR_STORE_UNAVAILABLE`, `ERR_STORE_OVERLOADED` where nothing was
   */
  deliver(gzipped: Uint8Array, target: InfluxTarget): Promise<WriteAnswer>;
  /** Ends what is under way; every later call fails. */
  close(): void;
}

/** What was answered to lines that were written; `text` holds no secret. */
export interface WriteAnswer {
  readonly status: number;
  readonly text: string;
  /** What the header Retry-After says; '' where it is not sent. */
  readonly retryAfter: string;
}

const compress = promisify(gzip);
const defaultRows = 1_000_000;

/** @throws TypeError for a URL that is not plain http or https, or that holds a password */
export function createInfluxClient(options: InfluxClientOptions): InfluxClient {
  return new Client(options);
}

/** The question that goes alone after a failure. */
interface Trial {
  readonly startedMs: number;
  readonly outcome: Promise<unknown>;
}

interface Sending {
  readonly target: InfluxWriteTarget;
  readonly version: InfluxVersion;
  readonly time: TimeLimit;
}

class Client implements InfluxClient {
  readonly place: string;
  readonly #options: InfluxClientOptions;
  readonly #transport: Transport;
  readonly #secrets: readonly string[];
  #version: Promise<InfluxVersion> | undefined;
  /** Since the last question that was answered. */
  #hasFailed = false;
  #trial: Trial | undefined;

  constructor(options: InfluxClientOptions) {
    this.#options = options;
    this.#transport = new Transport(options);
    this.place = this.#transport.place;
    this.#secrets = secretsOf(options);
  }

  async query(statement: string | Statement, target: InfluxTarget = {}): Promise<readonly InfluxSeries[]> {
    return this.#ask(target, async (version, time) => {
      // In chunks, because an unchunked answer of 1.x marks series of more than 10,000 rows as partial even when
      // they are whole, and is subject to its max-row-limit.
      const form = new URLSearchParams({
        ...statementOf(statement, version),
        epoch: 'ms',
        chunked: 'true',
        ...parametersOf(target, version),
      });
      const answer = await this.#transport.send({
        method: 'POST',
        path: '/query',
        headers: this.#headers(version, 'application/x-www-form-urlencoded'),
        body: form.toString(),
        time,
      });
      this.#noteVersion(answer, version);
      if (answer.status !== 200) throw explainStatus(this.place, answer, this.#secrets);
      return parseAnswer(answer, {
        place: this.place,
        secrets: this.#secrets,
        maxRows: this.#options.answerRows ?? defaultRows,
      });
    });
  }

  async write(lines: string | Uint8Array, target: InfluxWriteTarget): Promise<void> {
    const body = target.gzip ? await compress(lines) : lines;
    await this.#ask(target, async (version, time) => {
      const answer = await this.#send(body, { target, version, time });
      if (answer.status !== 204) throw explainWriteStatus(this.place, answer, this.#secrets);
    });
  }

  deliver(gzipped: Uint8Array, target: InfluxTarget): Promise<WriteAnswer> {
    return this.#ask(target, async (version, time) => {
      const answer = await this.#send(gzipped, { target: { ...target, gzip: true }, version, time });
      const { status, text, retryAfter } = answer;
      this.#noteVersion(answer, version);
      if (status === 401 || status === 403 || status === 404 || status >= 500) this.#forgetVersion();
      return { status, retryAfter, text: withoutSecrets(text, this.#secrets) };
    });
  }

  #send(body: string | Uint8Array, { target, version, time }: Sending): Promise<Answer> {
    const search = new URLSearchParams({ ...parametersOf(target, version), precision: 'ns' });
    return this.#transport.send({
      method: 'POST',
      path: `/write?${search}`,
      headers: {
        ...this.#headers(version, 'text/plain; charset=utf-8'),
        ...(target.gzip && { 'content-encoding': 'gzip' }),
      },
      body,
      time,
    });
  }

  version(timeoutMs: number = this.#options.timeoutMs): Promise<InfluxVersion> {
    const time = timeLimit(Math.min(timeoutMs, this.#options.timeoutMs));
    return this.#within(time, this.#sharedVersion(time));
  }

  close(): void {
    this.#transport.close();
  }

  /**
   * One question, in one span of time: what the server is, where that isn't known, and the question itself. After a
   * failure one question goes alone, and the others fail with it or follow it: a server in trouble is not pressed.
   */
  async #ask<Result>(
    { timeoutMs = Number.POSITIVE_INFINITY }: InfluxTarget,
    send: (version: InfluxVersion, time: TimeLimit) => Promise<Result>,
  ): Promise<Result> {
    const time = timeLimit(Math.min(timeoutMs, this.#options.timeoutMs));
    while (this.#hasFailed && this.#trial) await this.#follow(this.#trial, time);
    const asking = this.#askNow(time, send);
    if (!this.#hasFailed) return asking;
    const trial = { startedMs: performance.now(), outcome: asking };
    this.#trial = trial;
    return asking.finally(() => {
      if (this.#trial === trial) this.#trial = undefined;
    });
  }

  /** Fails with the question that went alone, where both were asked at about the same time. */
  async #follow({ startedMs, outcome }: Trial, time: TimeLimit): Promise<void> {
    const isOfSameRound = performance.now() - startedMs < time.limitMs / 2;
    try {
      await this.#within(time, outcome);
    } catch (error) {
      if (isOfSameRound && this.#hasFailed) throw error;
      if (performance.now() >= time.endMs) throw error;
    }
  }

  async #askNow<Result>(
    time: TimeLimit,
    send: (version: InfluxVersion, time: TimeLimit) => Promise<Result>,
  ): Promise<Result> {
    try {
      const version = await this.#within(time, this.#sharedVersion(time));
      const result = await send(version, time);
      this.#hasFailed = false;
      return result;
    } catch (error) {
      if (mayBeAnother(error)) this.#forgetVersion();
      else this.#hasFailed = false;
      throw error;
    }
  }

  /** Waits for what others wait for as well, perhaps with more patience. */
  async #within<Result>(time: TimeLimit, shared: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const inTime = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(late(this.place, time)), time.endMs - performance.now());
    });
    try {
      return await Promise.race([shared, inTime]);
    } finally {
      clearTimeout(timer);
    }
  }

  #sharedVersion(time: TimeLimit): Promise<InfluxVersion> {
    this.#version ??= this.#ping(time).catch((error: unknown) => {
      this.#forgetVersion();
      // Whatever is refused then, it is not what was to be asked or written: that may be tried again.
      throw error instanceof StoreError && error.code === 'ERR_STORE_REFUSED'
        ? unavailable(error.message, error)
        : error;
    });
    return this.#version;
  }

  async #ping(time: TimeLimit): Promise<InfluxVersion> {
    const { generation, retryJitterMs = 0 } = this.#options;
    const jitterMs = Math.floor(Math.min(retryJitterMs, time.limitMs / 4));
    if (this.#hasFailed && jitterMs >= 1) await delay(randomInt(jitterMs));
    const authorization = generation
      ? authorizationOf(generation, this.#options)
      : authorizationOfPing(this.#options);
    const answer = await this.#transport.send({
      method: 'GET',
      path: '/ping',
      headers: { accept: 'application/json', ...(authorization !== undefined && { authorization }) },
      time,
    });
    const told = readVersion(answer.version);
    if (told && (generation === undefined || told.generation === generation)) return told;
    if (generation !== undefined || isAnswer(answer)) {
      if (answer.status >= 500) throw explainStatus(this.place, answer, this.#secrets);
      return versionFor(generation, this.#options);
    }
    throw explainStatus(this.place, answer, this.#secrets);
  }

  #forgetVersion(): void {
    this.#version = undefined;
    this.#hasFailed = true;
  }

  /** 1.x and 2.x say what they are in every answer: an upgrade is noticed, and a proxy without a ping does no harm. */
  #noteVersion(answer: Answer, version: InfluxVersion): void {
    const told = this.#options.generation === undefined ? readVersion(answer.version) : undefined;
    if (told && told.text !== version.text) this.#version = Promise.resolve(told);
  }

  #headers({ generation }: InfluxVersion, contentType: string): Record<string, string> {
    const authorization = authorizationOf(generation, this.#options);
    return {
      accept: 'application/json',
      'content-type': contentType,
      ...(authorization !== undefined && { authorization }),
    };
  }
}

/** A proxy may know `/query` and `/write` only: what is asked there tells the rest. */
function isAnswer({ status }: Answer): boolean {
  return (status >= 200 && status < 300) || status === 404 || status === 405;
}

/** Whether the next question may meet another server: what was away comes back upgraded, or with other logins. */
function mayBeAnother(error: unknown): boolean {
  return (
    !(error instanceof StoreError) || error.code !== 'ERR_STORE_REFUSED' || error instanceof LoginRefused
  );
}

function statementOf(
  statement: string | Statement,
  { bindsParameters }: InfluxVersion,
): Record<string, string> {
  if (typeof statement === 'string') return { q: statement };
  if (!bindsParameters) return { q: quotedStatement(statement) };
  const { text, values } = boundStatement(statement);
  return values.size === 0 ? { q: text } : { q: text, params: JSON.stringify(Object.fromEntries(values)) };
}

function parametersOf(
  { database, retentionPolicy }: InfluxTarget,
  { generation }: InfluxVersion,
): Record<string, string> {
  const slash = database?.indexOf('/') ?? -1;
  if (generation === 2 && database !== undefined && retentionPolicy === undefined && slash > 0) {
    return { db: database.slice(0, slash), rp: database.slice(slash + 1) };
  }
  return {
    ...(database === undefined ? {} : { db: database }),
    ...(retentionPolicy === undefined ? {} : { rp: retentionPolicy }),
  };
}
