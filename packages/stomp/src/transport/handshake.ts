import { validateHeaderName, validateHeaderValue } from 'node:http';
import type {
  Handshake,
  HandshakeInterceptor,
  HandshakeOutcome,
  HandshakeRejection,
} from '../interceptor.ts';
import { expectHooks } from '../kinds.ts';

/** The answer to an upgrade that is refused. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * The interceptors of the WebSocket upgrade and their order; the contract is told at
 * {@link HandshakeInterceptor}.
 */
export class HandshakeChain {
  readonly #report: (error: unknown) => void;
  // Replaced, never changed: a handshake that has begun keeps the list it began with.
  #entries: readonly { readonly interceptor: HandshakeInterceptor }[] = [];

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Adds an interceptor at the end of the list; what it returns takes this one out again. */
  use(interceptor: HandshakeInterceptor): () => void {
    expectHooks(interceptor, ['beforeHandshake', 'afterHandshake']);
    const entry = { interceptor };
    this.#entries = [...this.#entries, entry];
    return () => {
      this.#entries = this.#entries.filter((each) => each !== entry);
    };
  }

  /** Whether an upgrade has to wait for anyone. */
  get isIntercepted(): boolean {
    return this.#entries.length > 0;
  }

  /**
   * Runs one handshake: `upgrade` where all let it pass, `refuse` where one did not; either says which
   * status was sent. `overdue` rejects when whoever has not answered is not waited for any more. Never rejects.
   */
  async run(
    handshake: Handshake,
    upgrade: () => number,
    refuse: (refusal: Refusal) => void,
    overdue?: Promise<never>,
  ): Promise<void> {
    const passed: HandshakeInterceptor[] = [];
    let outcome: HandshakeOutcome;
    try {
      const refusal = await this.#before(handshake, passed, overdue);
      checkHeaders(refusal ? Object.entries(refusal.headers ?? {}) : handshake.response.headers);
      if (refusal) refuse(refusal);
      const status = refusal?.status ?? upgrade();
      outcome = { accepted: status === 101, status, error: undefined };
    } catch (error) {
      this.#report(error);
      refuse({ status: 500 });
      outcome = { accepted: false, status: 500, error: asError(error) };
    }
    await this.#after(handshake, passed, outcome);
  }

  async #before(
    handshake: Handshake,
    passed: HandshakeInterceptor[],
    overdue: Promise<never> | undefined,
  ): Promise<Refusal | undefined> {
    for (const { interceptor } of this.#entries) {
      const answer = interceptor.beforeHandshake?.(handshake);
      const refusal = refusalOf(await (overdue ? Promise.race([answer, overdue]) : answer));
      if (refusal) return refusal;
      passed.push(interceptor);
    }
    return undefined;
  }

  async #after(
    handshake: Handshake,
    passed: readonly HandshakeInterceptor[],
    outcome: HandshakeOutcome,
  ): Promise<void> {
    for (const interceptor of passed.toReversed()) {
      try {
        await interceptor.afterHandshake?.(handshake, outcome);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}

// What an interceptor takes over from a request must not become headers or a body of its own.
function checkHeaders(headers: Iterable<readonly [string, string]>): void {
  for (const [name, value] of headers) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}

// Whoever answers something else meant something by it, and hardly that everybody may come in.
function refusalOf(answer: unknown): Refusal | undefined {
  if (answer === undefined || answer === true) return undefined;
  if (answer === false) return { status: 403 };
  if (isRejection(answer)) return answer.reject;
  const rejection = '{ reject: { status: 200 to 599 } }';
  throw new TypeError(`beforeHandshake has to answer true, false, nothing or ${rejection}`);
}

function isRejection(answer: unknown): answer is HandshakeRejection {
  if (typeof answer !== 'object' || answer === null || !('reject' in answer)) return false;
  const { reject } = answer;
  if (typeof reject !== 'object' || reject === null || !('status' in reject)) return false;
  const { status } = reject;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599;
}

function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error('an interceptor of the handshake threw something that is no Error', { cause: thrown });
}
