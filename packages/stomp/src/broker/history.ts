import type { Clock } from '../clock.ts';
import type { HistoryOptions } from '../options.ts';
import type { Publication } from './publication.ts';
import { type HistoryAccess, HistoryReplay } from './replays.ts';

/** How much is kept at most, over all destinations. */
export interface HistoryLimits {
  readonly historyMessages: number;
  readonly historyBytes: number;
}

interface Kept {
  readonly publication: Publication;
  readonly seq: number;
  readonly atMs: number;
  /** Place among the messages of all destinations. */
  readonly place: number;
}

/** The kept messages of one destination, without holes: each has the `seq` after that of the one before. */
interface Log {
  readonly destination: string;
  readonly kept: Kept[];
  bytes: number;
  ms: number;
}

const nothing: HistoryAccess = { at: () => undefined, ended: () => undefined };

/**
 * The latest messages of each destination, each under a number of that destination's own (`seq`, from 1 up
 * without holes). Of what is too old, too many or too large the oldest goes; the newest of a destination
 * goes only to the limits over all.
 */
export class History {
  readonly #limits: HistoryLimits;
  readonly #clock: Clock;
  readonly #logs = new Map<string, Log>();
  readonly #byPlace = new Map<number, Log>();
  /** Those under way, which still need what is dropped. */
  readonly #replays = new Map<Log, Set<HistoryReplay>>();
  #places = 0;
  #oldestPlace = 1;
  #bytes = 0;
  // The highest `seq` of a destination that was forgotten. One that comes back goes on above it, so that no
  // position in what was forgotten can be taken for one in what is kept.
  #forgottenSeq = 0;

  constructor(limits: HistoryLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#byPlace.size;
  }

  /** Octets of everything kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of a destination's newest message; its next one has the number after it. */
  lastSeq(destination: string): number {
    return this.#logs.get(destination)?.kept.at(-1)?.seq ?? this.#forgottenSeq;
  }

  /**
   * Keeps one message, under the number after `lastSeq`. One that is larger than `historyBytes` is not kept:
   * other destinations lose nothing to it, its own begins anew after it.
   */
  add(publication: Publication, { ms, messages, bytes }: Required<HistoryOptions>): void {
    const { destination } = publication;
    const log = this.#logs.get(destination) ?? { destination, kept: [], bytes: 0, ms };
    const seq = this.lastSeq(destination) + 1;
    if (publication.octets > this.#limits.historyBytes) {
      this.#forget(log, seq);
      return;
    }
    this.#places += 1;
    const place = this.#places;
    log.kept.push({ publication, seq, place, atMs: this.#clock.monotonicMs() });
    log.ms = ms;
    log.bytes += publication.octets;
    this.#bytes += publication.octets;
    this.#logs.set(destination, log);
    this.#byPlace.set(place, log);
    this.#expire(log);
    while (log.kept.length > 1 && (log.kept.length > messages || log.bytes > bytes)) this.#dropOldest(log);
    this.#bound();
  }

  /** What a destination got after that number, oldest first; undefined where not all of it is known. */
  after(destination: string, seq: number): HistoryReplay | undefined {
    const log = this.#logs.get(destination);
    if (log) this.#expire(log);
    const lastSeq = this.lastSeq(destination);
    const firstSeq = log?.kept[0]?.seq ?? lastSeq + 1;
    if (!(seq >= firstSeq - 1 && seq <= lastSeq)) return undefined;
    return log ? this.#replayOf(log, seq + 1, lastSeq) : new HistoryReplay(seq + 1, seq, nothing);
  }

  #replayOf(log: Log, first: number, last: number): HistoryReplay {
    const replays = this.#replays.get(log) ?? new Set();
    const replay: HistoryReplay = new HistoryReplay(first, last, {
      at: (seq) => log.kept[seq - (log.kept[0]?.seq ?? 0)]?.publication,
      ended: () => {
        replays.delete(replay);
        if (replays.size === 0) this.#replays.delete(log);
      },
    });
    if (!replay.isEmpty) this.#replays.set(log, replays.add(replay));
    return replay;
  }

  // No message of a destination may be missing between others.
  #forget(log: Log, seq: number): void {
    while (log.kept.length > 0) this.#dropOldest(log);
    this.#forgottenSeq = Math.max(this.#forgottenSeq, seq);
  }

  #expire(log: Log): void {
    const aliveMs = this.#clock.monotonicMs() - log.ms;
    while (log.kept.length > 1 && (log.kept[0]?.atMs ?? aliveMs) < aliveMs) this.#dropOldest(log);
  }

  #bound(): void {
    const { historyMessages, historyBytes } = this.#limits;
    while (this.size > historyMessages || this.#bytes > historyBytes) {
      const log = this.#byPlace.get(this.#oldestPlace);
      if (log) this.#dropOldest(log);
      this.#oldestPlace += 1;
    }
  }

  #dropOldest(log: Log): void {
    const oldest = log.kept.shift();
    if (!oldest) return;
    log.bytes -= oldest.publication.octets;
    this.#bytes -= oldest.publication.octets;
    this.#byPlace.delete(oldest.place);
    if (log.kept.length === 0) {
      this.#logs.delete(log.destination);
      this.#forgottenSeq = Math.max(this.#forgottenSeq, oldest.seq);
    }
    for (const replay of this.#replays.get(log) ?? []) replay.lost(oldest.seq, oldest.publication);
  }
}
