import { StoreError } from '../store/metricStore.ts';

/** How much may be held that is read and not yet durable, by all bodies together. */
export interface WaitingLimits {
  /** Points. Default 100,000: a fleet of 1,000 hosts sends 18,000 per interval. */
  readonly waitingPoints: number;
  /** Octets of line protocol that they were read from, begun lines included. Default 32 MiB. */
  readonly waitingBytes: number;
}

/**
 * Keeps what many bodies at once take of the memory within bounds: who would exceed them is told to come again,
 * and what it had read is forgotten.
 */
export class WaitingRoom {
  readonly #limits: WaitingLimits;
  #points = 0;
  #bytes = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  /** @throws StoreError `ERR_STORE_OVERLOADED` where that is too much; then nothing is taken */
  take(points: number, bytes: number): void {
    const { waitingPoints, waitingBytes } = this.#limits;
    if (this.#points + points > waitingPoints || this.#bytes + bytes > waitingBytes) {
      const amount = `${this.#points} points (${this.#bytes} octets)`;
      throw new StoreError('ERR_STORE_OVERLOADED', `${amount} wait for the store already: send again later`);
    }
    this.#points += points;
    this.#bytes += bytes;
  }

  give(points: number, bytes: number): void {
    this.#points -= points;
    this.#bytes -= bytes;
  }
}
