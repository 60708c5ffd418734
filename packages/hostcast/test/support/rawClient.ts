import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A TCP connection that sends what it is told, octet by octet, and keeps what comes. Ends with the test. */
export class RawClient {
  readonly socket: Socket;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
  received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => undefined);
    socket.on('data', (octets) => {
      this.received += octets.toString('latin1');
    });
    onTestFinished(() => void socket.destroy());
  }

  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(connect(port, '127.0.0.1'));
    await once(client.socket, 'connect');
    return client;
  }

  write(octets: string): void {
    this.socket.write(octets, 'latin1');
  }

  /** Waits until something is true of what has come. */
  async until(isTrue: (received: string) => boolean): Promise<string> {
    while (!isTrue(this.received)) await once(this.socket, 'data');
    return this.received;
  }

  /** The statuses of all answers so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  }
}

/** Sends octets over a connection of their own; resolves with everything that came until it was closed. */
export async function exchange(port: number, octets: string): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.write(octets);
  await client.closed;
  return client;
}
