import { StompError, type StompErrorCode } from './errors.ts';
import { chain, type MaybePromise } from './maybePromise.ts';
import { type Message, octetsOf } from './message.ts';

/** How much transactions may hold back. */
export interface TransactionLimits {
  readonly transactions: number;
  readonly transactionMessages: number;
  readonly transactionBytes: number;
}

type Step = () => MaybePromise<void>;

interface Transaction {
  readonly steps: Step[];
  bytes: number;
}

/**
 * The transactions of one session: what SEND, ACK and NACK ask for within one is held back until COMMIT,
 * then done in order. What a frame has wrong is told at once, not at COMMIT.
 */
export class Transactions {
  readonly #limits: TransactionLimits;
  readonly #isOver: () => boolean;
  readonly #open = new Map<string, Transaction>();
  #bytes = 0;

  /** @param isOver whether the session has ended: what is still to be done of a COMMIT is left then */
  constructor(limits: TransactionLimits, isOver: () => boolean) {
    this.#limits = limits;
    this.#isOver = isOver;
  }

  begin(message: Message): void {
    const id = idOf(message);
    const { transactions } = this.#limits;
    if (this.#open.has(id)) {
      throw fault(
        'ERR_STOMP_TRANSACTION',
        'Duplicate transaction',
        'A transaction of that id is open already',
      );
    }
    if (this.#open.size >= transactions) {
      throw tooLarge(`a session may have ${transactions} open transactions (limit transactions)`);
    }
    this.#open.set(id, { steps: [], bytes: 0 });
  }

  /** Does a message's step: at once, or at COMMIT where the message names a transaction. */
  perform(message: Message, step: Step): MaybePromise<void> {
    if (!message.headers.has('transaction')) return step();
    const transaction = this.#find(message);
    const { transactionMessages, transactionBytes } = this.#limits;
    if (transaction.steps.length >= transactionMessages) {
      throw tooLarge(`a transaction may hold ${transactionMessages} messages (limit transactionMessages)`);
    }
    const bytes = octetsOf(message);
    if (this.#bytes + bytes > transactionBytes) {
      throw tooLarge(`a session's transactions may hold ${transactionBytes} octets (limit transactionBytes)`);
    }
    transaction.steps.push(step);
    transaction.bytes += bytes;
    this.#bytes += bytes;
  }

  commit(message: Message): MaybePromise<void> {
    return this.#performAll(this.#take(message).steps, 0);
  }

  abort(message: Message): void {
    this.#take(message);
  }

  abortAll(): void {
    this.#open.clear();
    this.#bytes = 0;
  }

  #performAll(steps: readonly Step[], from: number): MaybePromise<void> {
    for (const [index, step] of steps.entries()) {
      if (index < from) continue;
      if (this.#isOver()) return;
      const done = step();
      if (done) return chain(done, () => this.#performAll(steps, index + 1));
    }
  }

  #take(message: Message): Transaction {
    const transaction = this.#find(message);
    this.#open.delete(idOf(message));
    this.#bytes -= transaction.bytes;
    return transaction;
  }

  #find(message: Message): Transaction {
    const transaction = this.#open.get(idOf(message));
    if (transaction) return transaction;
    throw fault('ERR_STOMP_TRANSACTION', 'Bad transaction', 'No transaction of that id is open');
  }
}

function idOf({ command, headers }: Message): string {
  const id = headers.get('transaction');
  if (id) return id;
  const details = `${command} must include a 'transaction' header`;
  throw fault('ERR_STOMP_HEADER_MISSING', 'Missing transaction', details);
}

function tooLarge(details: string): StompError {
  return fault('ERR_STOMP_TRANSACTION_TOO_LARGE', 'Transaction too large', details);
}

function fault(code: StompErrorCode, text: string, details: string): StompError {
  return new StompError(text, { code, details });
}
