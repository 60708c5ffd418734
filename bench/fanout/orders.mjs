// What the clients are asked, those in C (load.c) as those in Node (load.mjs): what holds where an order does not say it,
// what is published, and whether what came is that.
import { constants, inflateRawSync } from 'node:zlib';
import { ticksOf } from './ticks.mjs';

/** After which nothing more is waited for. */
const quietSeconds = 60;

const defaults = {
  /** 256 connections are made at the same time; of the first eight clients messages are read, and not only counted. */
  open: {
    ...{ topics: 1, heartbeat: '0,0', hasReceipts: true, hasOwnIds: false, isDeflating: false },
    ...{ atOnce: 256, readers: 8, quietSeconds },
  },
  publish: { topics: 1, everyMs: 0, isTick: false, quietSeconds },
};

/** All that an order says, with what it leaves out. */
export function complete(order, argument) {
  return { ...defaults[order], ...argument };
}

/** The bodies that are published in turn, each of so many octets; text of one octet for each character. */
export function bodiesOf({ bytes, isTick }) {
  return isTick ? ticksOf(bytes) : [bodyOf(bytes)];
}

/** Throws unless a message is the STOMP frame of that body; text of one character for each octet. */
export function compare(message, isCompressed, body) {
  const text = isCompressed ? inflated(message) : message;
  const start = text.indexOf('\n\n') + 2;
  if (text.startsWith('MESSAGE\n') && text.startsWith(`${body}\0`, start)) return;
  throw new Error(`not what was published: ${text.slice(0, 200)}`);
}

/** ASCII, because one of the peers counts characters where octets are meant. */
function bodyOf(bytes) {
  const row = '{"host":"web-17","cpu":12.5,"memory":48.1},';
  return `[${row.repeat(Math.ceil(bytes / row.length))}`.slice(0, bytes - 1).concat(']');
}

/** RFC 7692 §7.2.2. */
function inflated(message) {
  const flushed = Buffer.from(`${message}\0\0\xff\xff`, 'latin1');
  return inflateRawSync(flushed, { finishFlush: constants.Z_SYNC_FLUSH }).latin1Slice();
}
