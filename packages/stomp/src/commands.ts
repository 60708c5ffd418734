import { ackModeOf, answerOf, prefetchOf } from './acknowledgement.ts';
import { isPattern } from './broker/destination.ts';
import type { Channel } from './channel.ts';
import type { ClientCommand } from './codec/frame.ts';
import { StompError, type StompErrorCode } from './errors.ts';
import { chain, type MaybePromise } from './maybePromise.ts';
import type { Message, Session } from './message.ts';
import type { ResolvedOptions } from './options.ts';
import type { ClientSession } from './session.ts';

/** What the application does with what clients SEND to one destination. What it throws ends the session. */
export type Handler = (message: Message, session: Session) => MaybePromise<unknown>;

/** What the commands work on. */
export interface CommandContext {
  readonly options: ResolvedOptions;
  readonly brokerChannel: Channel;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** Gives a message that has passed brokerChannel to the broker. */
  readonly toBroker: (message: Message) => boolean;
}

type Command = (session: ClientSession, message: Message, context: CommandContext) => MaybePromise<void>;

type InboundCommand = Exclude<ClientCommand, 'STOMP'>;

// One function per command: a command that is forgotten doesn't compile.
const commands: { readonly [C in InboundCommand]: Command } = {
  CONNECT: (session, message) => session.open(message),
  SEND: send,
  SUBSCRIBE: subscribe,
  UNSUBSCRIBE: unsubscribe,
  ACK: settle,
  NACK: settle,
  BEGIN: unsupported,
  COMMIT: unsupported,
  ABORT: unsupported,
  DISCONNECT: (session, message) => session.leave(message),
};

/** Does what a client's message asks for, then sends the RECEIPT that it asks for. Throws StompErrors. */
export function dispatch(
  session: ClientSession,
  message: Message,
  context: CommandContext,
): MaybePromise<boolean> {
  const { command } = message;
  if (!isInbound(command)) throw new TypeError(`an interceptor made a ${command} of a client's message`);
  return chain(commands[command](session, message, context), () => {
    // CONNECT has none; the RECEIPT of DISCONNECT is part of leaving.
    if (command !== 'CONNECT' && command !== 'DISCONNECT') session.acknowledge(message);
    return true;
  });
}

function isInbound(command: string): command is InboundCommand {
  return Object.hasOwn(commands, command);
}

function send(session: ClientSession, message: Message, context: CommandContext): MaybePromise<void> {
  const destination = destinationOf(message, context);
  if (message.headers.has('transaction'))
    throw fault('ERR_STOMP_TRANSACTION', 'there is no such transaction');
  return chain(authorize(session, 'SEND', destination, context), () => {
    const handler = context.handlers.get(destination);
    if (handler) return chain(handler(message, session), () => undefined);
    if (!destination.startsWith('/topic/')) throw noSuchDestination(destination);
    if (isPattern(destination)) throw fault('ERR_STOMP_DESTINATION', 'a pattern cannot be sent to');
    return chain(context.brokerChannel.send(message, context.toBroker), () => undefined);
  });
}

function subscribe(session: ClientSession, message: Message, context: CommandContext): MaybePromise<void> {
  const destination = destinationOf(message, context);
  const id = subscriptionId(session, message, destination);
  const request = { id, destination, ack: ackModeOf(message), prefetch: prefetchOf(message) };
  if (!destination.startsWith('/topic/')) throw noSuchDestination(destination);
  checkRoom(session, destination, context);
  return chain(authorize(session, 'SUBSCRIBE', destination, context), () => session.subscribed.add(request));
}

function unsubscribe(session: ClientSession, message: Message): void {
  const id = message.headers.get('id') ?? idOf1_0(session, message.destination);
  if (id === undefined) throw fault('ERR_STOMP_HEADER_MISSING', 'UNSUBSCRIBE needs the header id');
  if (!session.subscribed.remove(id))
    throw fault('ERR_STOMP_SUBSCRIPTION', 'there is no subscription of that id');
}

function settle(session: ClientSession, message: Message): void {
  session.subscribed.settle(answerOf(message, session.version));
}

function unsupported(_session: ClientSession, message: Message): never {
  throw fault('ERR_STOMP_UNSUPPORTED', `this server does not know ${message.command} yet`);
}

function destinationOf(message: Message, context: CommandContext): string {
  const { destination, command } = message;
  if (!destination) throw fault('ERR_STOMP_HEADER_MISSING', `${command} needs the header destination`);
  const { destinationLength } = context.options.limits;
  if (destination.length > destinationLength) {
    throw fault('ERR_STOMP_DESTINATION', `the destination is longer than ${destinationLength} characters`);
  }
  return destination;
}

function subscriptionId(session: ClientSession, message: Message, destination: string): string {
  const id = message.headers.get('id') ?? idOf1_0(session, destination);
  if (id === undefined) throw fault('ERR_STOMP_HEADER_MISSING', 'SUBSCRIBE needs the header id');
  if (session.subscriptions.has(id)) {
    throw fault('ERR_STOMP_SUBSCRIPTION', 'there is a subscription of that id already');
  }
  return id;
}

// STOMP 1.0 subscribes by destination where it gives no id; 1.1 and 1.2 have to give one.
function idOf1_0(session: ClientSession, destination: string | undefined): string | undefined {
  return session.version === '1.0' ? destination : undefined;
}

function checkRoom(session: ClientSession, destination: string, context: CommandContext): void {
  const { subscriptions, patterns } = context.options.limits;
  if (session.subscriptions.size >= subscriptions)
    throw tooMany(`a session may have ${subscriptions} subscriptions`);
  if (!isPattern(destination)) return;
  const existing = [...session.subscriptions.values()].filter((each) => isPattern(each.destination));
  if (existing.length >= patterns) throw tooMany(`a session may have ${patterns} subscriptions to patterns`);
}

function authorize(
  session: ClientSession,
  command: 'SUBSCRIBE' | 'SEND',
  destination: string,
  context: CommandContext,
): MaybePromise<void> {
  return chain(context.options.authorize({ session, command, destination }), (isAllowed) => {
    if (!isAllowed) throw new StompError(`${command} is not allowed there`, { reason: 'forbidden' });
  });
}

function noSuchDestination(destination: string): StompError {
  const [, prefix] = /^(\/[^/]*)/.exec(destination) ?? [];
  if (prefix === '/queue' || prefix === '/user') {
    return fault('ERR_STOMP_UNSUPPORTED', `this server has no destinations under ${prefix} yet`);
  }
  return fault('ERR_STOMP_DESTINATION', 'there is no such destination');
}

function tooMany(text: string): StompError {
  return fault('ERR_STOMP_TOO_MANY_SUBSCRIPTIONS', text);
}

function fault(code: StompErrorCode, text: string): StompError {
  return new StompError(text, { code });
}
