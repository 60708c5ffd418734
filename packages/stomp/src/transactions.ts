import type { Clock } from './clock.ts';
import { StompError, type StompErrorCode } from './errors.ts';
import { isThenable, type MaybePromise } from './maybePromise.ts';
import { type Message, octetsOf } from './message.ts';
import { Turn } from './turn.ts';

/** How much transactions may hold back. */
export interface TransactionLimits {
  readonly transactions: number;
  readonly transactionMessages: number;
  readonly transactionBytes: number;
}

/** What a message asks for. */
export interface Step {
  /** Makes sure that it can be done, before anything of its transaction is. Throws where it cannot. */
  readonly prepare?: () => void;
  readonly perform: () => MaybePromise<void>;
  /** Gives back what `prepare` has kept for it, as far as it is still there. */
  readonly release?: () => void;
}

interface Transaction {
  readonly steps: Step[];
  bytes: number;
}

/**
 * The transactions of one session: what SEND, ACK and NACK ask for within one is held back until COMMIT,
 * then done in order, all of it or nothing. What a frame has wrong is told at once, not at COMMIT.
 */
export class Transactions {
  readonly #limits: TransactionLimits;
  readonly #clock: Clock;
  readonly #open = new Map<string, Transaction>();
  #bytes = 0;

  constructor(limits: TransactionLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
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
    if (!message.headers.has('transaction')) return step.perform();
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

  /**
   * Does all steps of a transaction, a turn at a time. Throws before the first where one of them cannot be done.
   * Once begun it is done to the end, whatever becomes of the session meanwhile.
   */
  commit(message: Message): MaybePromise<void> {
    const { steps } = this.#take(message);
    const release = () => {
      for (const step of steps) step.release?.();
    };
    try {
      for (const step of steps) step.prepare?.();
      const rest = performTurn(steps, new Turn(this.#clock));
      if (rest) return rest.finally(release);
    } catch (error) {
      release();
      throw error;
    }
    release();
  }

  abort(message: Message): void {
    this.#take(message);
  }

  abortAll(): void {
    this.#open.clear();
    this.#bytes = 0;
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

// Undefined where nothing has to be waited for.
function performTurn(steps: readonly Step[], turn: Turn): Promise<void> | undefined {
  for (const [index, step] of steps.entries()) {
    if (turn.isOver) return performRest(steps.slice(index), turn.rest(), turn);
    const done = step.perform();
    if (isThenable(done)) return performRest(steps.slice(index + 1), turn.wait(done), turn);
  }
  return undefined;
}

async function performRest(steps: readonly Step[], first: Promise<void>, turn: Turn): Promise<void> {
  await first;
  for (const step of steps) {
    if (turn.isOver) await turn.rest();
    const done = step.perform();
    if (isThenable(done)) await turn.wait(done);
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
