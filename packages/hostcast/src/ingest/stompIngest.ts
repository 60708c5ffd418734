import { type Message, type Session, StompError, type StompServer } from '@hostcast/stomp';
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { principalOf } from '../security/authorize.ts';
import { StoreError } from '../store/metricStore.ts';
import type { Ingest, WriteResult } from './ingest.ts';
import { beginsAsJson, JsonBodyError } from './json.ts';
import { partialWrite } from './partialWrite.ts';
import { SenderLog } from './senderLog.ts';
import { SendQueue, type SendQueueContext, type Sent } from './sendQueue.ts';

/** Where Telegraf's outputs.stomp sends by default (`queueName`). */
export const ingestDestination = 'telegraf';

export interface StompIngestOptions {
  readonly stomp: Pick<StompServer, 'handle' | 'clientInboundChannel'>;
  readonly ingest: Pick<Ingest, 'write'>;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Octets of one client's that wait for the store before nothing more is read of it. Default 1 MiB. */
  readonly queueBytes?: number;
  /** The same of all clients together. Default 32 MiB. */
  readonly allBytes?: number;
}

/** What who leaves in order waits for its last messages at most; the session's own limit is 2 s. */
const leaveMs = 1_000;

/**
 * Takes line protocol by SEND to `telegraf`, as Telegraf's outputs.stomp sends it, over TCP or WebSocket; the policy
 * says who may. A RECEIPT says that the message is stored as a whole and durable, an ERROR that it is not. Who asks
 * for none is told nothing: Telegraf, whose client never connects again after an ERROR (plugins/outputs/stomp), must
 * not lose its output by a bad line, so that is left out and logged. While the store takes nothing, what was sent is
 * kept and the client, once it has sent a mebibyte, not read on.
 */
export class StompIngest {
  readonly #options: StompIngestOptions;
  readonly #context: SendQueueContext;
  readonly #queues = new Map<Session, SendQueue>();
  readonly #undo: readonly (() => void)[];

  constructor(options: StompIngestOptions) {
    const { stomp, ingest, log, clock = systemClock } = options;
    const { queueBytes = 1024 * 1024, allBytes = 32 * 1024 * 1024 } = options;
    this.#options = options;
    const message = 'what was sent by STOMP waits for the store';
    const delays = new SenderLog({ log, clock, message, everyMs: 60_000 });
    const limits = { queueBytes, allBytes };
    this.#context = { ingest, log, delays, clock, ...limits, waitingBytes: 0, isClosing: false };
    this.#undo = [
      stomp.handle(ingestDestination, (message, session) => this.#take(message, session)),
      stomp.clientInboundChannel.use({ preSend: (message) => this.#beforeLeaving(message) }),
    ];
  }

  /** Stores what waits, as far as the store takes it. To be called when no client can send any more. */
  async close(): Promise<void> {
    for (const undo of this.#undo) undo();
    this.#context.isClosing = true;
    for (const queue of this.#queues.values()) queue.wake();
    await Promise.all([...this.#queues.values()].map(({ idle }) => idle));
  }

  #take({ headers, body }: Message, session: Session): Promise<void> | undefined {
    const encoding = headers.get('content-encoding') ?? 'identity';
    if (encoding !== 'identity')
      throw refusal('unknown encoding', `messages in the encoding ${encoding} are not taken`);
    if (beginsAsJson(body)) throw refusal('not line protocol', new JsonBodyError().message);
    const principal = principalOf(session);
    const { remoteAddress: address } = session;
    const token = principal?.kind === 'token' ? principal.name : undefined;
    const sender = { address, route: `SEND ${ingestDestination}`, token };
    const sent = { body, scope: principal?.scope, sender };
    const isAnswered = headers.has('receipt') || headers.has('transaction');
    return isAnswered ? this.#storeWhole(sent, session) : this.#queueOf(session).add(sent);
  }

  async #storeWhole(sent: Sent, session: Session): Promise<void> {
    let result: WriteResult;
    try {
      result = await this.#queueOf(session).store(sent);
    } catch (error) {
      if (error instanceof StoreError) throw refusal('not stored', error.message);
      throw error;
    }
    if (result.errorCount > 0) throw refusal('partial write', partialWrite(result));
  }

  #queueOf(session: Session): SendQueue {
    const known = this.#queues.get(session);
    if (known !== undefined) return known;
    const queue = new SendQueue(this.#context, () => this.#queues.delete(session));
    this.#queues.set(session, queue);
    return queue;
  }

  /** The RECEIPT of a DISCONNECT is the only one that Telegraf's client asks for: all before it should be durable. */
  #beforeLeaving({ command, reason, session }: Message): Promise<undefined> | undefined {
    if (command !== 'DISCONNECT' || reason !== 'client' || session === undefined) return undefined;
    const idle = this.#queues.get(session)?.idle;
    if (idle === undefined) return undefined;
    return new Promise((resolve) => {
      const cancel = (this.#options.clock ?? systemClock).after(leaveMs, () => resolve(undefined));
      void idle.then(() => {
        cancel();
        resolve(undefined);
      });
    });
  }
}

/** Free text stands in the body: clients mangle it in headers. */
function refusal(message: string, details: string): StompError {
  return new StompError(message, { details });
}
