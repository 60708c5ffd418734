import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { drawSoon } from './frames.ts';
import type { Live } from './live.ts';
import { type Fleet, type FleetPast, type HostRow, readFleetPast } from './snapshots.ts';

/** What the fleet's sparklines show. */
export type SparkColumn = 'cpu' | 'memory';

const columns: readonly SparkColumn[] = ['cpu', 'memory'];
const spanMs = 15 * 60_000;
/** As many as are drawn: a sparkline is some 80 px wide. */
const maxSlots = 90;
/** Two snapshots further apart than so many buckets have left a hole between them. */
const holeBuckets = 2.5;
const retryMs = 30_000;

interface Row {
  seenMs: number;
  /** How many live samples the bucket of the newest one is the mean of. */
  samples: number;
  readonly values: Readonly<Record<SparkColumn, Float32Array>>;
}

/**
 * The last 15 minutes of every host in buckets that lie on the clock: for each host and column its values from the
 * oldest bucket to the newest, where NaN is "no data". Live samples come first: history only fills what they left empty.
 */
export class FleetHistory {
  bucketMs = 0;
  #slots = 0;
  /** The newest bucket, counted from 1970. */
  #head = 0;
  readonly #rows = new Map<string, Row>();

  /** From when to when it reaches, and in how many buckets: what history is to be asked for. */
  get range(): { fromMs: number; toMs: number; points: number } {
    const toMs = (this.#head + 1) * this.bucketMs;
    return { fromMs: toMs - this.#slots * this.bucketMs, toMs, points: this.#slots };
  }

  /** Takes a snapshot: of each host with new data the figures, in the bucket in which they were measured. */
  append({ time, intervalMs, hosts }: Fleet): void {
    const bucketMs = Math.max(intervalMs, spanMs / maxSlots);
    if (bucketMs !== this.bucketMs) {
      this.clear();
      this.bucketMs = bucketMs;
      this.#slots = Math.max(2, Math.round(spanMs / bucketMs));
    }
    this.#moveTo(Math.floor(time / bucketMs));
    for (const host of hosts) this.#take(host);
    if (this.#rows.size > hosts.length) {
      const there = new Set(hosts.map(({ host }) => host));
      for (const host of this.#rows.keys()) if (!there.has(host)) this.#rows.delete(host);
    }
  }

  /** Fills what is empty with history. */
  fill({ times, hosts }: FleetPast): void {
    for (const [host, past] of hosts) {
      const { values } = this.#row(host);
      for (const column of columns) {
        past.get(column)?.forEach((value, index) => {
          const slot = this.#slotOf(Math.floor((times[index] ?? 0) / this.bucketMs));
          if (value !== null && slot !== undefined && Number.isNaN(values[column][slot])) {
            values[column][slot] = value;
          }
        });
      }
    }
  }

  /** A host's values from the oldest to the newest, NaN where there are none. */
  valuesOf(host: string, column: SparkColumn): number[] {
    return [...(this.#rows.get(host)?.values[column] ?? this.#nothing())];
  }

  /**
   * The mean over some hosts, from the oldest bucket to the newest. A value holds until its host's next is due; where
   * less than half of those that report in these minutes are known there is none: it would be another fleet's.
   */
  meanOf(hosts: readonly HostRow[], column: SparkColumn): number[] {
    const sums = new Float64Array(this.#slots);
    const counts = new Uint32Array(this.#slots);
    let reporting = 0;
    for (const { host } of hosts) {
      const values = this.#rows.get(host)?.values[column];
      const spacing = values ? spacingOf(values) : 0;
      if (!values || spacing === 0) continue;
      reporting += 1;
      let held = NaN;
      let until = -1;
      for (let n = 0; n < this.#slots; n++) {
        const value = values[n] ?? NaN;
        if (!Number.isNaN(value)) {
          held = value;
          until = n + spacing;
        }
        if (n > until) continue;
        sums[n] = (sums[n] ?? 0) + held;
        counts[n] = (counts[n] ?? 0) + 1;
      }
    }
    return Array.from(sums, (sum, at) => {
      const count = counts[at] ?? 0;
      return count > 0 && 2 * count >= reporting ? sum / count : NaN;
    });
  }

  clear(): void {
    this.bucketMs = 0;
    this.#slots = 0;
    this.#head = 0;
    this.#rows.clear();
  }

  #moveTo(head: number): void {
    const moved = Math.min(head - this.#head, this.#slots);
    if (moved <= 0) return;
    for (const { values } of this.#rows.values()) {
      for (const column of columns) values[column].copyWithin(0, moved).fill(NaN, this.#slots - moved);
    }
    this.#head = head;
  }

  #take(host: HostRow): void {
    const row = this.#row(host.host);
    if (host.seenMs === null || host.seenMs <= row.seenMs) return;
    const bucket = Math.floor(host.seenMs / this.bucketMs);
    const isSame = bucket === Math.floor(row.seenMs / this.bucketMs);
    row.samples = isSame ? row.samples + 1 : 1;
    row.seenMs = host.seenMs;
    // A host whose clock is ahead has measured now, not later.
    const slot = this.#slotOf(Math.min(bucket, this.#head));
    if (slot === undefined) return;
    for (const column of columns) {
      const value = host[column];
      const before = row.values[column][slot] ?? NaN;
      if (value === null) continue;
      row.values[column][slot] = Number.isNaN(before) ? value : before + (value - before) / row.samples;
    }
  }

  #row(host: string): Row {
    let row = this.#rows.get(host);
    if (!row) {
      row = { seenMs: 0, samples: 0, values: { cpu: this.#nothing(), memory: this.#nothing() } };
      this.#rows.set(host, row);
    }
    return row;
  }

  #nothing(): Float32Array {
    return new Float32Array(this.#slots).fill(NaN);
  }

  #slotOf(bucket: number): number | undefined {
    const slot = bucket - this.#head + this.#slots - 1;
    return slot >= 0 && slot < this.#slots ? slot : undefined;
  }
}

/** How far apart values stand where they stand close, in buckets: 1 for a single one, 0 where there is none. */
function spacingOf(values: Float32Array): number {
  let spacing = 0;
  let last = -1;
  for (let n = 0; n < values.length; n++) {
    if (Number.isNaN(values[n])) continue;
    if (last >= 0) spacing = Math.min(spacing || n - last, n - last);
    last = n;
  }
  return last < 0 ? 0 : spacing || 1;
}

/** The fleet's past as a page follows it. */
export interface FleetPastFeed {
  readonly history: FleetHistory;
  /** Changes whenever the history has. */
  readonly revision: ReadonlySignal<number>;
  /** Lets the past be fetched where it is not known, until the returned function is called. */
  watch(): () => void;
}

const feeds = new WeakMap<Live, FleetPastFeed>();

/**
 * The fleet's last 15 minutes: asked for once when somebody looks, and then made from snapshots. Where those have left
 * a hole (an outage, a machine that slept), it is asked for once more.
 */
export function fleetPastOf(live: Live): FleetPastFeed {
  const feed = feeds.get(live) ?? followFleet(live);
  feeds.set(live, feed);
  return feed;
}

function followFleet(live: Live): FleetPastFeed {
  const history = new FleetHistory();
  const revision = signal(0);
  const asked = { isNeeded: true, notBeforeMs: 0, abort: undefined as AbortController | undefined };
  let watchers = 0;
  let newestMs = 0;

  const changed = (): void => {
    revision.value += 1;
  };
  const ask = async (): Promise<void> => {
    if (watchers === 0 || !asked.isNeeded || asked.abort || Date.now() < asked.notBeforeMs) return;
    if (live.received.peek()?.source !== 'live') return;
    const abort = new AbortController();
    asked.abort = abort;
    asked.isNeeded = false;
    const past = await fetchPast(history.range, abort.signal);
    if (abort.signal.aborted) return;
    asked.abort = undefined;
    if (past === undefined) {
      asked.isNeeded = true;
      asked.notBeforeMs = Date.now() + retryMs;
      return;
    }
    history.fill(past);
    drawSoon(changed);
  };
  effect(() => {
    // Each snapshot, also while the page is hidden, and those that a reconnect brings after all.
    const { value: fleet } = live.received;
    if (fleet === undefined) {
      asked.abort?.abort();
      Object.assign(asked, { isNeeded: true, notBeforeMs: 0, abort: undefined });
      history.clear();
      newestMs = 0;
    } else {
      if (fleet.time - newestMs > holeBuckets * Math.max(history.bucketMs, fleet.intervalMs)) {
        asked.isNeeded = true;
      }
      // What the store does not answer for now is a hole once it does.
      if (fleet.source === 'live') newestMs = fleet.time;
      history.append(fleet);
      // What fails is asked for again with a later snapshot: there is nothing to catch.
      void ask();
    }
    drawSoon(changed);
  });
  return {
    history,
    revision,
    watch() {
      watchers += 1;
      void ask();
      return () => {
        watchers -= 1;
      };
    },
  };
}

/** The past of the whole fleet; undefined where it could not be had. */
async function fetchPast(
  { fromMs, toMs, points }: FleetHistory['range'],
  signal: AbortSignal,
): Promise<FleetPast | undefined> {
  const query = new URLSearchParams({
    columns: columns.join(),
    from: String(fromMs),
    to: String(toMs),
    points: String(points),
  });
  try {
    const response = await fetch(`/api/hosts/history?${query}`, { signal });
    return response.ok ? readFleetPast(await response.json()) : undefined;
  } catch {
    // Sparklines then begin with what comes live.
    return undefined;
  }
}
