import type { StompVersion } from './codec/frame.ts';
import { StompError } from './errors.ts';
import type { Message } from './message.ts';

/** How a subscription's messages are acknowledged (STOMP 1.2 §SUBSCRIBE ack Header). */
export type AckMode = 'auto' | 'client' | 'client-individual';

/** What an ACK or NACK says. */
export interface Answer {
  readonly command: 'ACK' | 'NACK';
  /** Undefined in STOMP 1.0, where a message is named by its id alone. */
  readonly subscriptionId: string | undefined;
  /** The broker's number of the message: the end of its `ack` and `message-id`. */
  readonly number: number;
}

const ackModes = new Map<string, AckMode>(
  (['auto', 'client', 'client-individual'] satisfies AckMode[]).map((mode) => [mode, mode]),
);

/** The mode a SUBSCRIBE asks for; `auto` where it says nothing. Throws for one that does not exist. */
export function ackModeOf({ headers }: Message): AckMode {
  const name = headers.get('ack') ?? 'auto';
  const mode = ackModes.get(name);
  if (mode) return mode;
  const text = 'ack has to be auto, client or client-individual';
  throw new StompError('Bad ack mode', { code: 'ERR_STOMP_ACK', details: text });
}

/** How many unanswered messages a SUBSCRIBE wants at most (`prefetch-count`, as in RabbitMQ); undefined: any number. */
export function prefetchOf({ headers }: Message): number | undefined {
  const text = headers.get('prefetch-count');
  if (text === undefined || text === '0') return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  const details = 'prefetch-count has to be a whole number from 0, no limit, to 999999';
  throw new StompError('Bad prefetch-count', { code: 'ERR_STOMP_HEADER', details });
}

/** The headers that name a message in ACK and NACK have changed with every version. */
export function answerOf({ command, headers }: Message, version: StompVersion): Answer {
  if (command !== 'ACK' && command !== 'NACK') throw new TypeError(`${command} is no answer`);
  const name = version === '1.2' ? 'id' : 'message-id';
  const id = headers.get(name);
  if (id === undefined) throw missing(command, name);
  const [, named, number] = /^(.*)[.-](\d{1,15})$/su.exec(id) ?? [];
  const subscriptionId = version === '1.2' ? named : headers.get('subscription');
  if (version !== '1.0' && subscriptionId === undefined && number) throw missing(command, 'subscription');
  if (!number) throw notWaiting();
  return { command, subscriptionId, number: Number(number) };
}

/** What an answer to a message gets that this session was not sent, or has answered already. */
export function notWaiting(): StompError {
  const details = 'No message of that id waits for an answer on this session';
  return new StompError('Message not found', { code: 'ERR_STOMP_ACK', details });
}

function missing(command: string, name: string): StompError {
  const details = `${command} must include a '${name}' header`;
  return new StompError(`Missing ${name}`, { code: 'ERR_STOMP_HEADER_MISSING', details });
}
