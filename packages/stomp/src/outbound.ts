import { Message } from './message.ts';
import type { OutboundFrame } from './outboundFrame.ts';
import { Outbox } from './outbox.ts';

// `over`: no interceptor kept it back, but the session has ended.
type Outcome = 'sent' | 'kept' | 'thrown' | 'over';

/** The way of frames to one client: through clientOutboundChannel into the outbox of its session. */
export class Outbound extends Outbox {
  /** Sends one frame; false where an interceptor kept it back. `isDroppable` and `unsent`: see `push`. */
  send(frame: OutboundFrame, isDroppable = false, unsent?: () => void): boolean {
    if (!this.context.outbound.isIntercepted) {
      this.push(frame, isDroppable, unsent);
      return true;
    }
    const outcome = this.#intercept(frame, (passed) => this.push(passed, isDroppable, unsent));
    return outcome === 'sent' || outcome === 'over';
  }

  /** What the interceptors make of a frame that is about to be taken; undefined where they keep it back. */
  pass(frame: OutboundFrame): OutboundFrame | undefined {
    if (!this.context.outbound.isIntercepted) return frame;
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
  sendLast(frame: OutboundFrame | undefined, isLossy: boolean): void {
    let last = frame;
    if (frame) {
      const outcome = this.#intercept(frame, (passed) => {
        last = passed;
      });
      if (outcome === 'kept') last = undefined;
      if (outcome === 'thrown') last = frame;
    }
    this.finish(last, isLossy);
  }

  #intercept(frame: OutboundFrame, deliver: (passed: OutboundFrame) => void): Outcome {
    const { command, headers, body } = frame.frame;
    const message = new Message({ command, headers, body, session: this.owner });
    let outcome: Outcome = 'kept';
    try {
      this.context.outbound.sendNow(message, (latest) => {
        const wasFinished = this.isFinished;
        if (!wasFinished) deliver(latest === message ? frame : frame.replacedBy(latest));
        outcome = wasFinished ? 'over' : 'sent';
        return !wasFinished;
      });
    } catch (error) {
      this.owner.report(error);
      // What postSend throws comes too late to hold it back.
      if (outcome === 'kept') outcome = 'thrown';
    }
    return outcome;
  }
}
