import { type Answer, askWho } from '../login/requests.ts';

/** What the server answers over HTTP. */
export interface Probe {
  readonly http: HttpAnswer;
  readonly who: Answer;
  /** Rounds of queries since the server's start; undefined where one may not know. */
  readonly rounds: Rounds | undefined;
}

export type HttpAnswer =
  | { readonly kind: 'ok'; readonly tookMs: number }
  /** `status` of who answers in its place. */
  | { readonly kind: 'other'; readonly status: number }
  | { readonly kind: 'none' };

export interface Rounds {
  readonly count: number;
  /** Of all of them, and of the newest. */
  readonly seconds: number;
  readonly lastSeconds: number;
  readonly failures: number;
}

const giveUpMs = 5_000;

/** Asks what can be asked without the WebSocket. Never throws. */
export async function probe(): Promise<Probe> {
  const http = await askHealth();
  if (http.kind !== 'ok') return { http, who: { kind: 'unreachable' }, rounds: undefined };
  const [who, rounds] = await Promise.all([askWho(), askRounds()]);
  return { http, who, rounds };
}

async function askHealth(): Promise<HttpAnswer> {
  const startMs = performance.now();
  try {
    const response = await fetch('/healthz', { signal: AbortSignal.timeout(giveUpMs) });
    const text = await response.text();
    if (response.ok && text.trim() === 'ok') return { kind: 'ok', tookMs: performance.now() - startMs };
    return { kind: 'other', status: response.status };
  } catch {
    return { kind: 'none' };
  }
}

async function askRounds(): Promise<Rounds | undefined> {
  try {
    const response = await fetch('/metrics', { signal: AbortSignal.timeout(giveUpMs) });
    return response.ok ? readRounds(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads the rounds of queries out of Prometheus's text format; undefined where there are none. */
export function readRounds(text: string): Rounds | undefined {
  let [count, seconds, lastSeconds, failures] = [0, 0, 0, 0];
  for (const line of text.split('\n')) {
    const [, name, value = ''] =
      /^hostcast_(tick_duration_seconds_(?:count|sum)|last_tick_seconds|query_errors_total)(?:\{.*\})? (\S+)/.exec(
        line,
      ) ?? [];
    if (name === 'tick_duration_seconds_count') count = Number(value);
    else if (name === 'tick_duration_seconds_sum') seconds = Number(value);
    else if (name === 'last_tick_seconds') lastSeconds = Number(value);
    else if (name === 'query_errors_total') failures += Number(value);
  }
  return count > 0 ? { count, seconds, lastSeconds, failures } : undefined;
}
