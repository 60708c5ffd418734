import type { ClientFrame, Headers, StompVersion } from './codec/frame.ts';
import { type Admission, admit, refuseExpired } from './connect.ts';
import { type CloseReason, endings, internalError, StompError } from './errors.ts';
import { Inbox, type InboxOwner } from './inbox.ts';
import { chain, isThenable, type MaybePromise } from './maybePromise.ts';
import { Message, type StatsOfSession, type SubscriptionView, type User } from './message.ts';
import { Outbound } from './outbound.ts';
import type { OutboxOwner } from './outboxOwner.ts';
import { closed, connected, connecting, type Phase } from './phase.ts';
import { Replies, refusal } from './replies.ts';
import type { SessionContext } from './sessionContext.ts';
import { SessionTimers } from './sessionTimers.ts';
import { Subscriptions } from './subscriptions.ts';
import { Transactions } from './transactions.ts';
import type { Transport, TransportListener } from './transport/transport.ts';

/** One client, from its socket's opening to its end. */
export class ClientSession implements InboxOwner, OutboxOwner, TransportListener {
  readonly id = crypto.randomUUID();
  /** Its subscriptions, as the commands change them. */
  readonly subscribed: Subscriptions;
  readonly #context: SessionContext<ClientSession>;
  readonly #transport: Transport;
  readonly #outbox: Outbound;
  readonly #inbox: Inbox;
  readonly #timers: SessionTimers;
  #transactions: Transactions | undefined;
  #phase: Phase = connecting;
  #user: User | undefined;
  #connectedAtMs: number;
  #version: StompVersion = '1.2';
  // Until CONNECTED is sent.
  #admission: Admission | undefined;
  // What the peer can still do: a TCP client may have ended its side and go on reading.
  #peer: 'speaks' | 'reads' | 'gone' = 'speaks';
  #closeCode: number | undefined;

  constructor(transport: Transport, context: SessionContext<ClientSession>) {
    const { clock, limits } = context.options;
    this.#context = context;
    this.#transport = transport;
    this.#connectedAtMs = clock.now();
    this.#inbox = new Inbox(this, context, context.frameLimits.unconnected, limits.unconnectedFrameBytes);
    this.#outbox = new Outbound(this, transport, context);
    this.#timers = new SessionTimers(this, context, transport, this.#outbox);
    this.subscribed = new Subscriptions(this, context, this.#outbox);
  }

  // For a moment: what is said seldom is not kept.
  get #replies(): Replies {
    return new Replies(this, this.#transport, this.#outbox);
  }

  get attributes(): Map<string, unknown> {
    return this.#transport.attributes;
  }

  get remoteAddress(): string {
    return this.#transport.remoteAddress;
  }

  get transport(): string {
    return this.#transport.name;
  }

  /** Its transactions, as the commands change them. */
  get transactions(): Transactions {
    const { limits, clock } = this.#context.options;
    this.#transactions ??= new Transactions(limits, clock);
    return this.#transactions;
  }

  /** Whether it is between CONNECTED and the first step of its end. */
  get isConnected(): boolean {
    return this.#phase.name === 'connected';
  }

  get isReading(): boolean {
    return this.isConnected && this.#peer !== 'gone';
  }

  get user(): User | undefined {
    return this.#user;
  }

  get connectedAtMs(): number {
    return this.#connectedAtMs;
  }

  get version(): StompVersion {
    return this.#version;
  }

  get subscriptions(): ReadonlyMap<string, SubscriptionView> {
    return this.subscribed.byId;
  }

  get outboxBytes(): number {
    return this.#outbox.bytes;
  }

  stats(): StatsOfSession {
    return this.#outbox.stats(this.#transport.roundTripMs);
  }

  close(reason: CloseReason = 'kicked', text = endings[reason].text): void {
    this.end(reason, new StompError(text, { reason }));
  }

  extend(expiresAtMs: number): void {
    if (!this.#user || !this.isConnected) return;
    this.#user = { ...this.#user, expiresAtMs };
    this.#timers.expireAt(expiresAtMs);
  }

  resume(): void {
    this.#outbox.flush();
  }

  overflowed(text: string): void {
    this.end('slow', new StompError(text, { reason: 'slow' }));
  }

  hasRoomAgain(): void {
    this.subscribed.ready();
  }

  report(error: unknown): void {
    this.#context.events.report(error, this);
  }

  /** Starts to listen to the transport; the client has `connectMs` from here to CONNECTED. */
  start(): void {
    this.#context.sessions.opened(this);
    this.#timers.opened();
    this.#transport.listen(this);
  }

  received(bytes: Uint8Array): void {
    this.#timers.heard();
    this.#inbox.push(bytes);
  }

  alive(): void {
    this.#timers.alive();
  }

  drained(): void {
    this.#outbox.flush();
    this.subscribed.ready();
  }

  offered(bytes: number): void {
    this.#outbox.offered(bytes);
  }

  mayCome(mayCome: boolean): void {
    if (mayCome) this.#transport.resume();
    else this.#transport.pause();
    this.#timers.reading(mayCome && this.#peer === 'speaks');
  }

  fault(error: unknown): void {
    this.#fail(error, undefined);
  }

  /** Answers CONNECT: the last steps, after the interceptors' `preSend`. */
  open(message: Message): void {
    const admission = this.#admission;
    if (this.#phase.name !== 'connecting' || !admission) return;
    const { events, sessions, options } = this.#context;
    refuseExpired(message.user, options.clock.now());
    this.#user = message.user;
    sessions.checkUser(this.#user, options.limits.sessionsPerUser);
    this.#connectedAtMs = options.clock.now();
    this.#timers.admitted();
    this.#phase = connected;
    sessions.hasConnected(this);
    events.emit('connect', { session: this, message });
    // A listener may have ended it; so may an interceptor that sees CONNECTED.
    if (this.isConnected) this.#replies.connected(admission);
    if (!this.isConnected) return;
    const { frameLimits } = this.#context;
    this.#inbox.allow(this.#version, frameLimits.connected, options.limits.webSocketMessageBytes);
    this.#timers.connected(admission.agreed, this.#user?.expiresAtMs);
    this.#admission = undefined;
    events.emit('connected', { session: this });
  }

  /** Sends RECEIPT where the message asks for one; `headers` say what was found. */
  acknowledge(message: Message, headers?: Headers): void {
    const receipt = message.headers.get('receipt');
    if (receipt !== undefined) this.#replies.receipt(receipt, headers);
  }

  /**
   * Ends the session, whatever it is at; the first call decides the reason. ERROR and the close leave at
   * once; DISCONNECT and the events follow when the frame in work is done.
   */
  end(reason: CloseReason | 'socket', error?: StompError, receipt?: string): void {
    const wasConnected = this.isConnected;
    if (!wasConnected && this.#phase.name !== 'connecting') return;
    const cause =
      error ?? (reason === 'socket' ? undefined : new StompError(endings[reason].text, { reason }));
    this.#phase = wasConnected ? { name: 'closing', reason, error: cause } : closed;
    this.#stop();
    if (cause && reason !== 'socket') this.#replies.error(cause, receipt);
    else if (this.#peer === 'gone') this.#outbox.discard();
    else this.#replies.bye(undefined);
    if (!wasConnected && error) {
      this.#context.events.emit('refused', { session: this, code: error.code, message: error.message });
    }
    if (!this.#inbox.isBusy) this.#disconnect();
    else if (wasConnected) this.#limitWork('a frame', 'closeMs', () => this.#disconnect());
    this.#free();
  }

  /** The time to CONNECTED is over. */
  late(text: string): void {
    if (this.#peer === 'gone') this.end('socket');
    else this.end('protocol', new StompError(text, { code: 'ERR_STOMP_CONNECT_TIMEOUT' }));
    this.#free();
  }

  /** Cuts the connection, whatever still waits. */
  terminate(): void {
    this.#transport.terminate();
  }

  /** The end of a connected session: subscriptions, events, and for `client` the RECEIPT and the close. */
  leave(message: Message | undefined): MaybePromise<void> {
    if (this.#phase.name !== 'leaving') return;
    const { reason, error } = this.#phase;
    this.#phase = closed;
    // A thousand may go at once.
    return this.#context.departures.take(() => {
      this.#transactions?.abortAll();
      this.subscribed.removeAll();
      if (reason === 'client') this.#replies.bye(message?.headers.get('receipt'));
      this.#context.sessions.hasLeft(this);
      const closeCode = reason === 'socket' ? this.#closeCode : undefined;
      this.#context.events.emit('disconnected', { session: this, reason, error, closeCode });
      this.#free();
    });
  }

  // Undefined where it is done at once. Never rejects.
  process(frame: ClientFrame): PromiseLike<void> | undefined {
    const receipt = frame.headers.get('receipt');
    try {
      const done = this.isConnected ? this.#processNext(frame) : this.#processFirst(frame);
      return isThenable(done)
        ? done.then(undefined, (error: unknown) => this.#fail(error, receipt))
        : undefined;
    } catch (error) {
      this.#fail(error, receipt);
      return undefined;
    }
  }

  #processFirst(frame: ClientFrame): MaybePromise<void> {
    const { headers } = frame;
    const admitted = admit(frame, this.#transport, this.#context.options, (error) => this.report(error));
    return chain(admitted, (admission) => {
      if (this.#phase.name !== 'connecting') return;
      // Nobody is left to be told; a session of nobody would only be ended again.
      if (this.#peer === 'gone') {
        this.end('socket');
        return;
      }
      this.#admission = admission;
      this.#version = admission.version;
      const message = new Message({ command: 'CONNECT', headers, session: this, user: admission.user });
      return chain(this.#sendInbound(message), (sent) => {
        if (!sent) this.end('forbidden', refusal());
      });
    });
  }

  #processNext(frame: ClientFrame): MaybePromise<void> {
    const { command, headers, body } = frame;
    if (command === 'CONNECT' || command === 'STOMP') {
      throw new StompError('the session is connected already', { code: 'ERR_STOMP_ALREADY_CONNECTED' });
    }
    if (command === 'DISCONNECT') {
      this.#phase = { name: 'leaving', reason: 'client', error: undefined };
      this.#stop();
      return this.#sendDisconnect(new Message({ command, headers, session: this, reason: 'client' }));
    }
    const message = new Message({ command, headers, body, session: this });
    const { inbound, dispatch } = this.#context;
    // While a hook waited the session may have ended: nothing is done for it any more.
    const sent = inbound.send(message, (latest) => this.isConnected && dispatch(this, latest));
    return chain(sent, () => undefined);
  }

  #sendInbound(message: Message): MaybePromise<boolean> {
    const { inbound, dispatch } = this.#context;
    return inbound.send(message, (latest) => dispatch(this, latest));
  }

  #fail(error: unknown, receipt: string | undefined): void {
    const known = error instanceof StompError ? error : internalError(error);
    if (known !== error || this.#phase.name === 'closed') this.report(error);
    // Who is gone before its login was decided was not turned away.
    const isMissed = this.#peer === 'gone' && this.#admission === undefined;
    if (isMissed && this.#phase.name === 'connecting') this.end('socket');
    else this.end(known.reason, known, receipt ?? known.receipt);
  }

  idle(): void {
    if (this.#peer !== 'speaks') this.end('socket');
    this.#disconnect();
    this.#free();
  }

  #limitWork(what: string, limit: 'closeMs' | 'leftFramesMs', then: () => void): void {
    this.#timers.limitWork(what, limit, (overdue) => {
      this.report(overdue);
      then();
      this.#free();
    });
  }

  // Gives its place to others once the connection is gone and nothing is in work, or has had its time.
  #free(): void {
    if (this.#phase.name !== 'closed' || (this.#inbox.isBusy && !this.#timers.isOverdue)) return;
    this.#timers.stop();
    if (this.#peer === 'gone') this.#context.sessions.freed(this);
  }

  // The interceptors' one DISCONNECT, for every way to go but the client's own frame.
  #disconnect(): void {
    if (this.#phase.name !== 'closing') return;
    this.#phase = { ...this.#phase, name: 'leaving' };
    const { reason } = this.#phase;
    void this.#sendDisconnect(new Message({ command: 'DISCONNECT', session: this, reason }));
  }

  // Whatever interceptors do with it: the session leaves.
  #sendDisconnect(message: Message): MaybePromise<void> {
    const finish = () => this.leave(message);
    const fail = (error: unknown) => {
      this.report(error);
      return finish();
    };
    try {
      const sent = this.#sendInbound(message);
      if (!isThenable(sent)) return finish();
      if (this.#phase.name === 'leaving') this.#limitWork('DISCONNECT', 'closeMs', finish);
      return sent.then(finish, fail);
    } catch (error) {
      return fail(error);
    }
  }

  ended(): void {
    if (this.#peer === 'speaks') this.#peer = 'reads';
    this.#timers.reading(false);
    this.#endAfterWork();
  }

  // Frames that arrived before the end are still processed (STOMP 1.2 §Connection Lingering).
  #endAfterWork(): void {
    if (!this.#inbox.isBusy) this.end('socket');
    else if (this.isConnected) {
      this.#limitWork('a frame', 'leftFramesMs', () => {
        this.end('socket');
        this.#disconnect();
      });
    }
  }

  closed(error: Error | undefined, closeCode?: number): void {
    this.#closeCode = closeCode;
    this.#peer = 'gone';
    this.#timers.gone();
    this.#context.sessions.closed(this);
    const isEnding = this.#phase.name !== 'connecting' && !this.isConnected;
    if (isEnding || error) this.#outbox.discard();
    if (error)
      this.end('protocol', new StompError(error.message, { code: 'ERR_STOMP_TRANSPORT', cause: error }));
    else this.#endAfterWork();
    this.#free();
  }

  #stop(): void {
    this.#inbox.stop();
    this.#timers.ended();
    this.subscribed.stop();
  }
}
