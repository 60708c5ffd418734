import { networkOf } from '@hostcast/stomp';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StoreError } from '../store/metricStore.ts';

export interface AnswerRoomOptions {
  /** Octets of all answers. Default 512 MiB … */
  readonly octets?: number;
  /** … and of those to one address, IPv6 by /64. Default 128 MiB: three of the largest. */
  readonly octetsOfOne?: number;
}

/** Bounds what large answers take of the memory that their clients have not read yet. */
export class AnswerRoom {
  readonly #limits: Required<AnswerRoomOptions>;
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor({ octets = 512 * 1024 * 1024, octetsOfOne = 128 * 1024 * 1024 }: AnswerRoomOptions = {}) {
    this.#limits = { octets, octetsOfOne };
  }

  /** Takes room for an answer until it has gone. @throws StoreError `ERR_STORE_OVERLOADED` where there is none */
  take(octets: number, { ip }: Pick<FastifyRequest, 'ip'>, { raw }: Pick<FastifyReply, 'raw'>): void {
    if (raw.closed || raw.destroyed) return;
    const network = networkOf(ip);
    const own = this.#taken.get(network) ?? 0;
    if (this.#all + octets > this.#limits.octets || own + octets > this.#limits.octetsOfOne) {
      const reason = 'answers that were not read yet fill the room there is: read them, and ask again later';
      throw new StoreError('ERR_STORE_OVERLOADED', reason);
    }
    this.#add(network, octets);
    raw.once('close', () => this.#add(network, -octets));
  }

  #add(network: string, octets: number): void {
    this.#all += octets;
    const own = (this.#taken.get(network) ?? 0) + octets;
    if (own > 0) this.#taken.set(network, own);
    else this.#taken.delete(network);
  }
}
