import { ackModeOf, answerOf, notWaiting, prefetchOf } from './acknowledgement.ts';
import type { Position } from './broker/broker.ts';
import { isPattern } from './broker/destination.ts';
import type { Channel } from './channel.ts';
import type { ClientCommand, Headers } from './codec/frame.ts';
import {
  destinationOf,
  isReplyDestination,
  newReplyDestination,
  sendTarget,
  subscribeTargets,
  temporaryPrefix,
} from './destinations.ts';
import { StompError, type StompErrorCode } from './errors.ts';
import { chain, type MaybePromise } from './maybePromise.ts';
import type { Message, Session } from './message.ts';
import type { ResolvedOptions } from './options.ts';
import type { ClientSession } from './session.ts';
import type { Granted } from './subscriptions.ts';
import type { Step } from './transactions.ts';

/** What the application does with what clients SEND to one destination. What it throws ends the session. */
export type Handler = (message: Message, session: Session) => MaybePromise<unknown>;

/** What the commands work on. */
export interface CommandContext {
  readonly options: ResolvedOptions;
  readonly brokerChannel: Channel;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Gives a message that has passed brokerChannel to the broker. */
  readonly toBroker: (message: Message) => MaybePromise<boolean>;
  /** Keeps room for a message that will be given to the broker; what it returns gives that back, once. */
  readonly reserve: (message: Message) => () => void;
}

// `false`: its session ended while it waited, and nothing was done.
type Command = (session: ClientSession, message: Message, context: CommandContext) => MaybePromise<unknown>;

type InboundCommand = Exclude<ClientCommand, 'STOMP'>;

// One function per command: a command that is forgotten doesn't compile.
const commands: { readonly [C in InboundCommand]: Command } = {
  CONNECT: (session, message) => session.open(message),
  SEND: send,
  SUBSCRIBE: subscribe,
  UNSUBSCRIBE: unsubscribe,
  ACK: settle,
  NACK: settle,
  BEGIN: ({ transactions }, message) => transactions.begin(message),
  COMMIT: ({ transactions }, message) => transactions.commit(message),
  ABORT: ({ transactions }, message) => transactions.abort(message),
  DISCONNECT: (session, message) => session.leave(message),
};

const ownReceipts: ReadonlySet<string> = new Set([
  'CONNECT',
  'SUBSCRIBE',
  'DISCONNECT',
] satisfies InboundCommand[]);

/**
 * Does what a client's message asks for, then sends the RECEIPT that it asks for; false where its session has ended
 * before that. Throws StompErrors.
 */
export function dispatch(
  session: ClientSession,
  message: Message,
  context: CommandContext,
): MaybePromise<boolean> {
  const { command } = message;
  if (!isInbound(command)) throw new TypeError(`an interceptor made a ${command} of a client's message`);
  return chain(commands[command](session, message, context), (done) => {
    if (done === false) return false;
    // CONNECT has none; those of SUBSCRIBE and DISCONNECT are part of them.
    if (!ownReceipts.has(command)) session.acknowledge(message);
    return true;
  });
}

function isInbound(command: string): command is InboundCommand {
  return Object.hasOwn(commands, command);
}

function send(session: ClientSession, message: Message, context: CommandContext): MaybePromise<unknown> {
  const destination = destinationOf(message, context.options.limits);
  const handler = context.handlers.get(destination);
  const target = handler ? destination : sendTarget(destination);
  return chain(authorize(session, 'SEND', target, context), () => {
    if (!session.isConnected) return false;
    const step = handler
      ? { perform: () => chain(handler(message, session), () => undefined) }
      : publishing(
          session,
          target === destination ? message : message.with({ destination: target }),
          context,
        );
    return session.transactions.perform(message, step);
  });
}

function publishing(session: ClientSession, message: Message, context: CommandContext): Step {
  const { brokerChannel, toBroker, reserve } = context;
  const replyTo = message.headers.get('reply-to');
  const isTemporary = replyTo?.startsWith(temporaryPrefix);
  const outgoing = isTemporary ? withReplyTo(session, message, replyTo ?? '', context) : message;
  let release: (() => void) | undefined;
  const deliver = (latest: Message) => {
    release?.();
    // While a hook waited the session may have ended. A transaction that was begun is done to the end.
    if (!session.isConnected && !message.headers.has('transaction')) return false;
    return toBroker(latest);
  };
  return {
    prepare: () => {
      release = reserve(outgoing);
    },
    perform: () => chain(brokerChannel.send(outgoing, deliver), () => undefined),
    release: () => release?.(),
  };
}

// As in RabbitMQ: the name in reply-to is the sender's own, what others see instead is nobody else's.
// Messages sent there reach the sender in a subscription of that name, without a SUBSCRIBE.
function withReplyTo(session: ClientSession, message: Message, id: string, context: CommandContext): Message {
  let destination = session.subscribed.get(id)?.destination;
  if (destination === undefined) {
    destination = newReplyDestination();
    checkRoom(session, destination, context);
    session.subscribed.add({ id, destination, ack: 'auto', prefetch: undefined });
    session.subscribed.announce(id);
  } else if (!isReplyDestination(destination)) {
    throw duplicate(id);
  }
  return message.with({ headers: new Map(message.headers).set('reply-to', destination) });
}

function subscribe(session: ClientSession, message: Message, context: CommandContext): MaybePromise<unknown> {
  const { limits, lenientSubscribe } = context.options;
  const destination = destinationOf(message, limits);
  const id = idOf(session, message, lenientSubscribe);
  if (session.subscribed.get(id)) throw duplicate(id);
  const [ack, prefetch, after] = [ackModeOf(message), prefetchOf(message), positionOf(message)];
  const targets = subscribeTargets(session, destination);
  checkRoom(session, destination, context);
  return chain(authorize(session, 'SUBSCRIBE', destination, context), () => {
    if (!session.isConnected) return false;
    const arrival = session.subscribed.add({ id, destination, targets, ack, prefetch, after });
    session.acknowledge(message, arrivalHeaders(arrival));
    session.subscribed.announce(id);
    return true;
  });
}

// A place that is no place, or half of one, is one that nothing can follow: never silently a fresh start.
function positionOf({ headers }: Message): Position | undefined {
  const [epoch, seq] = [headers.get('epoch'), headers.get('seq')];
  if (epoch === undefined && seq === undefined) return undefined;
  return { epoch: epoch ?? '', seq: /^\d{1,15}$/.test(seq ?? '') ? Number(seq) : -1 };
}

function arrivalHeaders({ isRecovered, position, window }: Granted): Headers | undefined {
  if (isRecovered === undefined && !position && window === undefined) return undefined;
  const headers = new Map<string, string>();
  if (isRecovered !== undefined) headers.set('recovered', String(isRecovered));
  if (position) headers.set('epoch', position.epoch).set('seq', String(position.seq));
  if (window !== undefined) headers.set('prefetch-count', String(window));
  return headers;
}

function unsubscribe(session: ClientSession, message: Message, context: CommandContext): void {
  const id = idOf(session, message, context.options.lenientSubscribe);
  if (session.subscribed.remove(id)) return;
  throw fault('ERR_STOMP_SUBSCRIPTION', 'No subscription found', 'There is no subscription of that id');
}

function settle(session: ClientSession, message: Message): MaybePromise<void> {
  const answer = answerOf(message, session.version);
  const prepare = () => {
    if (!session.subscribed.knows(answer)) throw notWaiting();
  };
  prepare();
  const perform = () => {
    session.subscribed.settle(answer);
    // An answer asks the preReceive hooks again.
    session.resume();
  };
  // Until COMMIT its subscription may have ended, and the message been given to others.
  return session.transactions.perform(message, { prepare, perform });
}

// STOMP 1.0 subscribes by destination where it gives no id; 1.1 and 1.2 have to give one.
function idOf(session: ClientSession, message: Message, isLenient: boolean): string {
  const id = message.headers.get('id');
  if (id !== undefined) return id;
  if ((isLenient || session.version === '1.0') && message.destination) return message.destination;
  throw fault('ERR_STOMP_HEADER_MISSING', 'Missing id', `${message.command} must include an 'id' header`);
}

function checkRoom(session: ClientSession, destination: string, context: CommandContext): void {
  const { subscriptions, patterns } = context.options.limits;
  if (session.subscribed.size >= subscriptions)
    throw tooMany(`a session may have ${subscriptions} subscriptions (limit subscriptions)`);
  if (!isPattern(destination)) return;
  const existing = [...session.subscriptions.values()].filter((each) => isPattern(each.destination));
  if (existing.length >= patterns) {
    throw tooMany(`a session may have ${patterns} subscriptions to patterns (limit patterns)`);
  }
}

function authorize(
  session: ClientSession,
  command: 'SUBSCRIBE' | 'SEND',
  destination: string,
  context: CommandContext,
): MaybePromise<void> {
  return chain(context.options.authorize({ session, command, destination }), (isAllowed) => {
    if (isAllowed) return;
    // In the body, where any text may stand, and not in a header.
    const details = `${command} is not allowed: ${destination}`;
    throw new StompError(`${command} is not allowed there`, { reason: 'forbidden', details });
  });
}

function duplicate(id: string): StompError {
  const details = `A subscription identified by '${id}' already exists`;
  return fault('ERR_STOMP_SUBSCRIPTION', 'Duplicated subscription identifier', details);
}

function tooMany(details: string): StompError {
  return fault('ERR_STOMP_TOO_MANY_SUBSCRIPTIONS', 'Too many subscriptions', details);
}

function fault(code: StompErrorCode, text: string, details: string): StompError {
  return new StompError(text, { code, details });
}
