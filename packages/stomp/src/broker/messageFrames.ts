import { headerLine, lengthLine } from '../codec/encoder.ts';
import { type Headers, type StompVersion, stompVersions } from '../codec/frame.ts';
import { OutboundFrame, SharedBody } from '../outboundFrame.ts';
import type { SubscriberGroup } from './groups.ts';

/** The message that frames are made of. */
export interface FramedMessage {
  /** The broker's. */
  readonly number: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** The frames of one message, and what they have in common. */
export class MessageFrames {
  readonly #message: FramedMessage;
  readonly #body: SharedBody;
  #headers: Headers | undefined;
  // The lines of these, and what follows them, by version.
  #lines: (Uint8Array | undefined)[] | undefined;
  // The group that asked last, most often the only one, and its frame; then those of all that are shared.
  #group: SubscriberGroup | undefined;
  #frame: OutboundFrame | undefined;
  #frames: Map<SubscriberGroup, OutboundFrame> | undefined;

  constructor(message: FramedMessage) {
    this.#message = message;
    this.#body = new SharedBody(message.body);
  }

  /** The frame that is kept of a group. */
  get(group: SubscriberGroup): OutboundFrame | undefined {
    if (this.#group === group) return this.#frame;
    const frame = this.#frames?.get(group);
    if (!frame) return undefined;
    this.#group = group;
    this.#frame = frame;
    return frame;
  }

  /** Keeps the frame of a group for its other members. */
  keep(group: SubscriberGroup, frame: OutboundFrame): void {
    if (this.#group && this.#frame) {
      this.#frames ??= new Map([[this.#group, this.#frame]]);
      this.#frames.set(group, frame);
    }
    this.#group = group;
    this.#frame = frame;
  }

  /** Makes one. `hasSharedBody`: others carry the same body. */
  make(group: SubscriberGroup, hasSharedBody: boolean): OutboundFrame {
    const { version, subscriptionId, hasAck, start } = group;
    const { number } = this.#message;
    const ack = hasAck ? headerLine('ack', `${subscriptionId}.${number}`, version) : '';
    const head = { start: start + ack, rest: this.#linesIn(version) };
    const outgoing = new GroupMessage(this.#message, group);
    if (!hasSharedBody) return new OutboundFrame(outgoing, version, undefined, head);
    const frame = new OutboundFrame(outgoing, version, this.#body, head);
    frame.isForOne = group.members === 1;
    return frame;
  }

  #linesIn(version: StompVersion): Uint8Array {
    this.#lines ??= [];
    const index = stompVersions.indexOf(version);
    const made = this.#lines[index];
    if (made !== undefined) return made;
    let lines = '';
    this.#headers ??= this.#message.headers;
    for (const [name, value] of this.#headers) lines += headerLine(name, value, version);
    const bytes = Buffer.from(`${lines}${lengthLine(this.#message.body)}\n`);
    this.#lines[index] = bytes;
    return bytes;
  }
}

/** The MESSAGE of one group, with its headers made where somebody looks at them. */
class GroupMessage {
  readonly command = 'MESSAGE';
  readonly body: Uint8Array;
  readonly #message: FramedMessage;
  readonly #group: SubscriberGroup;
  #headers: Headers | undefined;

  constructor(message: FramedMessage, group: SubscriberGroup) {
    this.body = message.body;
    this.#message = message;
    this.#group = group;
  }

  get headers(): Headers {
    if (this.#headers) return this.#headers;
    const { subscriptionId, hasAck, isRecovered } = this.#group;
    const { number } = this.#message;
    const headers = new Map([['subscription', subscriptionId], ...this.#message.headers]);
    if (hasAck) headers.set('ack', `${subscriptionId}.${number}`);
    if (isRecovered !== undefined) headers.set('recovered', String(isRecovered));
    this.#headers = headers;
    return headers;
  }
}
