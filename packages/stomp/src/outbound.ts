import type { Channel } from './channel.ts';
import { Message, type Session } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import type { FrameSource, Outbox } from './outbox.ts';

/** What an outbound side is made of. */
export interface OutboundOptions {
  readonly session: Session;
  /** clientOutboundChannel. */
  readonly channel: Channel;
  readonly outbox: Outbox;
  /** A hook threw. */
  readonly report: (error: unknown) => void;
}

// `over`: no interceptor kept it back, but the session has ended.
type Outcome = 'sent' | 'kept' | 'thrown' | 'over';

/** The way of frames to one client: through clientOutboundChannel into the session's outbox. */
export class Outbound {
  readonly #options: OutboundOptions;

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  /** Whether what is sent now is written at once. */
  get isClear(): boolean {
    return this.#options.outbox.isClear;
  }

  /** Sends one frame; false where an interceptor kept it back. `isDroppable` and `unsent`: see Outbox. */
  send(frame: OutboundFrame, isDroppable = false, unsent?: () => void): boolean {
    const { channel, outbox } = this.#options;
    if (!channel.isIntercepted) {
      outbox.push(frame, isDroppable, unsent);
      return true;
    }
    const outcome = this.#intercept(frame, (passed) => outbox.push(passed, isDroppable, unsent));
    return outcome === 'sent' || outcome === 'over';
  }

  /** Sends one frame that has passed the channel. */
  write(frame: OutboundFrame): void {
    this.#options.outbox.push(frame);
  }

  /** Sends what gives frames in its turn; they are to have passed the channel. */
  sendSource(source: FrameSource, isDroppable = false): void {
    this.#options.outbox.pushSource(source, isDroppable);
  }

  /** Counts what is held back for the client: see Outbox. */
  hold(bytes: number): void {
    this.#options.outbox.hold(bytes);
  }

  /** What the interceptors make of a frame that is about to be taken; undefined where they keep it back. */
  pass(frame: OutboundFrame): OutboundFrame | undefined {
    if (!this.#options.channel.isIntercepted) return frame;
    let result: OutboundFrame | undefined;
    const outcome = this.#intercept(frame, (passed) => {
      result = passed;
    });
    return outcome === 'sent' ? result : undefined;
  }

  /**
   * Sends the last frame, ERROR or the RECEIPT of DISCONNECT. `preSend` may change it or keep it back; one that
   * throws does neither.
   */
  finish(frame: OutboundFrame | undefined, isLossy: boolean): void {
    let last = frame;
    if (frame) {
      const outcome = this.#intercept(frame, (passed) => {
        last = passed;
      });
      if (outcome === 'kept') last = undefined;
      if (outcome === 'thrown') last = frame;
    }
    this.#options.outbox.finish(last, isLossy);
  }

  #intercept(frame: OutboundFrame, deliver: (passed: OutboundFrame) => void): Outcome {
    const { channel, session, outbox, report } = this.#options;
    const { command, headers, body } = frame.frame;
    const message = new Message({ command, headers, body, session });
    let outcome: Outcome = 'kept';
    try {
      channel.sendNow(message, (latest) => {
        const wasFinished = outbox.isFinished;
        if (!wasFinished) deliver(latest === message ? frame : frame.replacedBy(latest));
        outcome = wasFinished ? 'over' : 'sent';
        return !wasFinished;
      });
    } catch (error) {
      report(error);
      // What postSend throws comes too late to hold it back.
      if (outcome === 'kept') outcome = 'thrown';
    }
    return outcome;
  }
}
