import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Point, Tag } from '@hostcast/tsdb';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import type { Ingest } from '../ingest/ingest.ts';
import { encodePoints } from '../lineProtocol/encoder.ts';
import { cpuInput } from './cpu.ts';
import { diskInput } from './disk.ts';
import { diskioInput } from './diskio.ts';
import type { Input, Reading, Roots } from './input.ts';
import { kernelInput } from './kernel.ts';
import { memoryInput } from './memory.ts';
import { netInput } from './net.ts';
import { portableInputs } from './portable.ts';
import { processesInput } from './processes.ts';
import { systemInput } from './system.ts';

export interface CollectorOptions {
  /** Where its lines go, as Telegraf's do; and who says whether a Telegraf reports this host as well. */
  readonly ingest: Pick<Ingest, 'write' | 'lastRemoteMs'>;
  readonly log: Logger;
  readonly intervalMs: number;
  /** Value of the tag `host`. Default the machine's host name. */
  readonly host?: string;
  /** On everything that is measured. */
  readonly tags?: readonly Tag[];
  /** Called when what was measured is stored. */
  readonly onCollected?: () => void;
  readonly clock?: Clock;
  /** What is read. Default everything this system has. */
  readonly inputs?: readonly Input[];
}

export interface Collector {
  /** Stops and resolves when nothing is under way any more. Safe to call twice. */
  close(): Promise<void>;
}

const linuxRoots: Roots = { proc: '/proc', sys: '/sys', dev: '/dev' };
/** The second gather follows the first so soon, because usage and rates need two. */
const secondGatherMs = 1_000;
/** A measurement of a Telegraf on this host is left to it for so many intervals. */
const yieldIntervals = 3;

/**
 * Measures this machine with Telegraf's measurements, tags and fields: at once, a second later, and then at
 * each multiple of the interval by the wall clock. Never two gathers at a time; one that is late is left out.
 * An input that fails costs its own readings, and is logged when it begins and ceases to.
 */
export function startCollector(options: CollectorOptions): Collector {
  return new RunningCollector(options);
}

/** The inputs of this system: all on Linux, what Node knows elsewhere. */
export function systemInputs(log: Logger, clock: Clock, roots: Roots = linuxRoots): Input[] {
  if (process.platform !== 'linux') return portableInputs(statfs);
  const onHanging = (path: string, isHanging: boolean) => {
    if (isHanging) log.warn({ path }, 'a mount does not answer: not asked again until it does');
    else log.info({ path }, 'a mount answers again');
  };
  return [
    cpuInput(roots),
    memoryInput(roots),
    diskInput(roots, { clock, statfs, onHanging }),
    diskioInput(roots, clock),
    netInput(roots),
    systemInput(roots),
    processesInput(roots),
    kernelInput(roots),
  ];
}

class RunningCollector implements Collector {
  readonly #options: CollectorOptions;
  readonly #clock: Clock;
  readonly #host: string;
  readonly #inputs: readonly Input[];
  /** What is wrong now, by input. */
  readonly #faults = new Map<string, string>();
  #isClosed = false;
  #cancel: () => void = () => {};
  #underWay: Promise<void>;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#host = options.host ?? (hostname() || 'localhost');
    this.#inputs = options.inputs ?? systemInputs(options.log, this.#clock);
    this.#underWay = this.#first();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#underWay;
  }

  async #first(): Promise<void> {
    await this.#collect(this.#clock.nowMs());
    if (this.#isClosed) return;
    this.#cancel = this.#clock.after(secondGatherMs, () => {
      this.#underWay = this.#tick(this.#clock.nowMs());
    });
  }

  async #tick(timeMs: number): Promise<void> {
    await this.#collect(timeMs);
    if (this.#isClosed) return;
    this.#cancel = this.#clock.after(this.#untilNextMs(), () => {
      this.#underWay = this.#tick(this.#roundedMs());
    });
  }

  /** Half a second or half an interval away at least: timers may fire early, and the second gather lies anywhere. */
  #untilNextMs(): number {
    const { intervalMs } = this.#options;
    const now = this.#clock.nowMs();
    return Math.ceil((now + Math.min(intervalMs / 2, 500)) / intervalMs) * intervalMs - now;
  }

  /** As Telegraf rounds: to the second, where the interval isn't shorter. */
  #roundedMs(): number {
    const now = this.#clock.nowMs();
    return this.#options.intervalMs < 1_000 ? now : Math.round(now / 1_000) * 1_000;
  }

  async #collect(timeMs: number): Promise<void> {
    const gathered = await Promise.all(this.#inputs.map((input) => this.#gather(input)));
    const points = gathered
      .flat()
      .filter(({ measurement }) => !this.#isReportedByOthers(measurement))
      .map((reading) => this.#toPoint(reading, timeMs));
    if (points.length === 0) return;
    try {
      await this.#options.ingest.write(Buffer.from(encodePoints(points)), { source: 'collector' });
      this.#noteFault('write', undefined);
    } catch (error) {
      this.#noteFault('write', error);
      return;
    }
    this.#options.onCollected?.();
  }

  async #gather(input: Input): Promise<readonly Reading[]> {
    try {
      const readings = await input.gather();
      this.#noteFault(input.name, undefined);
      return readings;
    } catch (error) {
      this.#noteFault(input.name, error);
      return [];
    }
  }

  #noteFault(what: string, error: unknown): void {
    const before = this.#faults.get(what);
    if (error === undefined) {
      if (this.#faults.delete(what)) this.#options.log.info({ what }, 'the collector works again');
      return;
    }
    const fault = error instanceof Error ? error.message : String(error);
    this.#faults.set(what, fault);
    if (fault !== before) this.#options.log.warn({ what, err: error }, 'the collector fails');
  }

  #isReportedByOthers(measurement: string): boolean {
    const last = this.#options.ingest.lastRemoteMs(measurement);
    return last !== undefined && this.#clock.monotonicMs() - last < yieldIntervals * this.#options.intervalMs;
  }

  #toPoint({ measurement, tags, fields }: Reading, timeMs: number): Point {
    const own = new Set(tags.map(([key]) => key));
    const global = (this.#options.tags ?? []).filter(([key]) => !own.has(key) && key !== 'host');
    const withHost: Tag[] = [...tags, ...global, ['host', this.#host]];
    withHost.sort(([a], [b]) => (a < b ? -1 : 1));
    return { measurement, tags: withHost, fields, timeMs };
  }
}
