import { connect, type Socket } from 'node:net';

export interface GoStompOptions {
  readonly port: number;
  readonly login?: string;
  readonly passcode?: string;
}

/**
 * github.com/go-stomp/stomp as Telegraf's outputs.stomp uses it (conn.go): headers in its order, messages without
 * `receipt`, DISCONNECT with one. An ERROR or the end of the connection ends it for good: every `send` after that
 * fails, and nothing connects again.
 */
export class GoStompClient {
  readonly #socket: Socket;
  #received = '';
  #isClosed = false;
  #nextReceipt = 1;
  #awaiting: (() => void)[] = [];

  private constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#changed();
    });
    this.#socket.on('drain', () => this.#changed());
    this.#socket.on('data', (octets) => {
      this.#received += octets.toString('utf8');
      if (this.errorFrame !== undefined) this.#end();
      this.#changed();
    });
  }

  /** Fails with the text of the ERROR frame where the server refuses. */
  static async connect({ port, login = '', passcode = '' }: GoStompOptions): Promise<GoStompClient> {
    const client = new GoStompClient(port);
    const own = login === '' && passcode === '' ? '' : `login:${login}\npasscode:${passcode}\n`;
    client.#socket.write(
      `CONNECT\nhost:127.0.0.1\naccept-version:1.0,1.1,1.2\nheart-beat:60000,60000\n${own}\n\0`,
    );
    await client.#until(() => client.#received.includes('CONNECTED\n'));
    return client;
  }

  /** The ERROR frame that has come. */
  get errorFrame(): string | undefined {
    const start = this.#received.indexOf('ERROR\n');
    return start < 0 ? undefined : this.#received.slice(start);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Octets that the server has not taken from the kernel yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Hands a message to the connection, and waits for nothing else. */
  async send(destination: string, body: string, more = ''): Promise<void> {
    if (this.#isClosed) throw new Error('connection already closed');
    const length = Buffer.byteLength(body);
    const head = `SEND\ndestination:${destination}\ncontent-type:text/plain\n${more}content-length:${length}\n\n`;
    this.#socket.write(`${head}${body}\0`);
    while (this.#socket.writableNeedDrain && !this.#isClosed) await this.#change();
  }

  /** A message with a receipt, as other clients send it; resolves when that has come. */
  async sendAndWait(destination: string, body: string, more = ''): Promise<void> {
    const receipt = `r${this.#nextReceipt++}`;
    await this.send(destination, body, `receipt:${receipt}\n${more}`);
    await this.#until(() => this.#received.includes(`receipt-id:${receipt}\n`));
  }

  write(octets: string): void {
    this.#socket.write(octets);
  }

  /** Leaves as `Conn.Disconnect` does: waits for the RECEIPT. */
  async disconnect(): Promise<void> {
    if (this.#isClosed) return;
    const receipt = `r${this.#nextReceipt++}`;
    this.#socket.write(`DISCONNECT\nreceipt:${receipt}\n\n\0`);
    await this.#until(() => this.#received.includes(`receipt-id:${receipt}\n`));
    this.#end();
  }

  drop(): void {
    this.#end();
  }

  /** Resolves when the other side has ended it. */
  async ended(): Promise<void> {
    while (!this.#isClosed) await this.#change();
  }

  #end(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  async #until(isTrue: () => boolean): Promise<void> {
    for (;;) {
      if (this.errorFrame !== undefined) throw new Error(/\n\n([^\0]*)/.exec(this.errorFrame)?.[1]);
      if (isTrue()) return;
      if (this.#isClosed) throw new Error('connection already closed');
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#awaiting.push(resolve));
  }

  #changed(): void {
    for (const resolve of this.#awaiting.splice(0)) resolve();
  }
}
