import { connect, type Socket } from 'node:net';
import { clientFrame } from './clientFrame.ts';

const upgrade = [
  'GET /ws HTTP/1.1',
  'Host: 127.0.0.1',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  'Sec-WebSocket-Version: 13',
  '',
  '',
].join('\r\n');

/** A viewer with next to nothing of its own, so that thousands fit into a test: what it was sent, as frames of text. */
export class StormViewer {
  readonly frames: string[] = [];
  readonly #socket: Socket;
  readonly #came: (viewer: StormViewer, frame: string) => void;
  #rest: Buffer = Buffer.of();
  #isUpgraded = false;

  /** Connects and subscribes to `/topic/a`. `came` is told of each frame, `gone` of the end. */
  constructor(
    port: number,
    came: (viewer: StormViewer, frame: string) => void,
    gone: (error: Error | undefined) => void,
  ) {
    this.#came = came;
    this.#socket = connect({ port, host: '127.0.0.1' });
    let error: Error | undefined;
    this.#socket.on('error', (thrown) => {
      error = thrown;
    });
    this.#socket.on('close', () => gone(error));
    this.#socket.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#socket.write(upgrade);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    if (!this.#isUpgraded) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      rest = rest.subarray(end + 4);
      this.#isUpgraded = true;
      this.#socket.write(clientFrame('CONNECT\naccept-version:1.2\nhost:/\n\n\0'));
    }
    for (let message = messageIn(rest); message; message = messageIn(rest)) {
      rest = rest.subarray(message.end);
      if (message.opcode === 8) this.#socket.end();
      else this.#take(message.text);
    }
    this.#rest = Buffer.from(rest);
  }

  #take(frame: string): void {
    this.frames.push(frame);
    if (frame.startsWith('CONNECTED')) {
      const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0';
      this.#socket.write(clientFrame(subscribe));
    }
    this.#came(this, frame);
  }
}

// A whole message of a server's: not masked, and none here is longer than 65,535 octets.
function messageIn(
  bytes: Buffer,
): { readonly opcode: number; readonly text: string; readonly end: number } | undefined {
  const [first, length] = [bytes[0], bytes[1]];
  if (first === undefined || length === undefined || (length === 126 && bytes.length < 4)) return undefined;
  const start = length === 126 ? 4 : 2;
  const end = start + (length === 126 ? bytes.readUInt16BE(2) : length);
  if (bytes.length < end) return undefined;
  return { opcode: first & 0x0f, text: bytes.toString('utf8', start, end), end };
}
