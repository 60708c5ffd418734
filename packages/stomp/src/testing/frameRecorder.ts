import { FrameDecoder, type FrameLimits } from '../codec/decoder.ts';
import { type ServerCommand, type ServerFrame, serverFrame, stompVersions } from '../codec/frame.ts';

const wide: FrameLimits = {
  headerLineBytes: Number.MAX_SAFE_INTEGER,
  headers: Number.MAX_SAFE_INTEGER,
  bodyBytes: Number.MAX_SAFE_INTEGER,
  frameBytes: Number.MAX_SAFE_INTEGER,
};

const fromUtf8 = new TextDecoder();

/**
 * What a server has sent, as frames, from octets however they were cut. Follows the version that CONNECTED
 * names. Knows no limits; throws StompError for what is no frame of a server.
 */
export class FrameRecorder {
  /** All frames so far; may be emptied between two steps of a test. */
  readonly frames: ServerFrame[] = [];
  readonly #decoder = new FrameDecoder(serverFrame, wide);
  readonly #waiting = new Set<(frame: ServerFrame) => void>();

  /** Takes the next octets. */
  record(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let frame = this.#decoder.read(); frame; frame = this.#decoder.read()) this.#add(frame);
  }

  /** In short: `MESSAGE:<body>`, `RECEIPT:<receipt-id>`, else the command alone. */
  get heard(): string[] {
    return this.frames.map(({ command, headers, body }) => {
      if (command === 'MESSAGE') return `MESSAGE:${fromUtf8.decode(body)}`;
      return command === 'RECEIPT' ? `RECEIPT:${headers.get('receipt-id')}` : command;
    });
  }

  /** The first frame of a command that is recorded, or will be. */
  first(command: ServerCommand): Promise<ServerFrame> {
    const found = this.frames.find((frame) => frame.command === command);
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => {
      const wait = (frame: ServerFrame) => {
        if (frame.command !== command) return;
        this.#waiting.delete(wait);
        resolve(frame);
      };
      this.#waiting.add(wait);
    });
  }

  #add(frame: ServerFrame): void {
    this.frames.push(frame);
    const version = stompVersions.find((each) => each === frame.headers.get('version'));
    if (frame.command === 'CONNECTED' && version) this.#decoder.version = version;
    for (const wait of [...this.#waiting]) wait(frame);
  }
}
