import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Scope } from '../security/principal.ts';
import { StoreError } from '../store/metricStore.ts';
import type { Ingest, WriteResult } from './ingest.ts';
import type { Sender, SenderLog } from './senderLog.ts';

/** One body that a client has sent, and who for. */
export interface Sent {
  readonly body: Uint8Array;
  readonly scope: Scope | undefined;
  readonly sender: Sender;
}

/** What all queues share. */
export interface SendQueueContext {
  readonly ingest: Pick<Ingest, 'write'>;
  readonly log: Logger;
  /** Of clients whose messages wait for the store. */
  readonly delays: SenderLog;
  readonly clock: Clock;
  /** Octets that may wait in one queue before its client is not read on. */
  readonly queueBytes: number;
  /** The same of all queues together. */
  readonly allBytes: number;
  /** Octets that wait in all of them. */
  waitingBytes: number;
  /** Whether the server ends: what can't be stored now is lost. */
  isClosing: boolean;
}

interface Waiting extends Sent {
  /** Undefined where nobody waits for what becomes of it. */
  readonly settle: ((result: WriteResult | { readonly error: unknown }) => void) | undefined;
}

/** Between two attempts at a store that takes nothing now; ms. */
const firstRetryMs = 1_000;
const longestRetryMs = 10_000;

/**
 * What one client has sent and is not yet durable, stored in order. Most clients wait for no answer (Telegraf sends
 * one message per metric), so what they send is stored together; while the store takes nothing it is kept, and tried
 * again.
 */
export class SendQueue {
  readonly #context: SendQueueContext;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #roomWanted: (() => void)[] = [];
  #wake: () => void = () => {};
  #running: Promise<void> | undefined;
  readonly #emptied: () => void;

  /** @param emptied told when nothing waits any more: the queue may be forgotten */
  constructor(context: SendQueueContext, emptied: () => void) {
    this.#context = context;
    this.#emptied = emptied;
  }

  /** Takes a body; resolves, where there is something to wait for, when there is room for the next. */
  add(sent: Sent): Promise<void> | undefined {
    this.#add({ ...sent, settle: undefined });
    return this.#hasRoom() ? undefined : new Promise((resolve) => this.#roomWanted.push(resolve));
  }

  /** Takes a body; resolves when all before it are, and what can be of it is, durable. @throws what the ingest does */
  store(sent: Sent): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      this.#add({
        ...sent,
        settle: (result) => ('error' in result ? reject(result.error) : resolve(result)),
      });
    });
  }

  /** Resolves when nothing waits; undefined where nothing does. */
  get idle(): Promise<void> | undefined {
    return this.#running;
  }

  /** Tries again at once. */
  wake(): void {
    this.#wake();
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.body.length;
    this.#context.waitingBytes += waiting.body.length;
    this.#running ??= this.#run();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    // What comes in this turn is stored together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      const result = await this.#store(group);
      const bytes = bytesOf(group);
      this.#bytes -= bytes;
      this.#context.waitingBytes -= bytes;
      for (const { settle } of group) settle?.(result);
      if (this.#hasRoom()) for (const resolve of this.#roomWanted.splice(0)) resolve();
    }
    this.#running = undefined;
    this.#emptied();
  }

  /** Those that can be written as one: of the same rights, and none that waits for its own result. */
  #takeGroup(): Waiting[] {
    const [first] = this.#waiting;
    const isOther = (each: Waiting) => each.settle !== undefined || each.scope !== first?.scope;
    const other = first?.settle === undefined ? this.#waiting.findIndex(isOther) : 1;
    return this.#waiting.splice(0, other === -1 ? this.#waiting.length : other);
  }

  async #store(group: readonly Waiting[]): Promise<WriteResult | { readonly error: unknown }> {
    const { ingest, log, delays } = this.#context;
    const { scope, sender } = group[0]!;
    const bodies = group.map(({ body }) => body);
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      try {
        return await ingest.write(bodies, { scope, sender });
      } catch (error) {
        const isForGood = !(error instanceof StoreError) || error.code === 'ERR_STORE_REFUSED';
        if (isForGood || this.#context.isClosing) {
          const details = { err: error, messages: group.length, bytes: bytesOf(group), ...sender };
          log.error(details, 'messages that were sent by STOMP could not be stored and are lost');
          return { error };
        }
        delays.note(sender, group.length, { reason: error.message });
        await this.#pause(retryMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#context.isClosing) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#context.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #hasRoom(): boolean {
    const { queueBytes, allBytes, waitingBytes } = this.#context;
    return this.#bytes < queueBytes && (waitingBytes < allBytes || this.#bytes === 0);
  }
}

function bytesOf(group: readonly Sent[]): number {
  return group.reduce((sum, { body }) => sum + body.length, 0);
}
