import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Caller } from './callers.ts';

/** How long anything may take before its cell has failed. */
const patienceMs = 15_000;

/** Where a hostcast listens. */
export interface Ports {
  readonly http: number;
  readonly stomp: number;
}

/** A header of a STOMP frame as it stands on the wire. */
export type StompHeader = readonly [name: string, value: string];

/** A frame of STOMP 1.2; values are escaped here. */
export function frame(command: string, headers: readonly StompHeader[], body = ''): string {
  const lines = headers.map(([name, value]) => `${escaped(name)}:${escaped(value)}\n`).join('');
  return `${command}\n${lines}\n${body}\0`;
}

/** The frame that a caller connects by. */
export function connectFrame({ token }: Caller, version = '1.2'): string {
  const login = token === undefined ? '' : `Authorization:Bearer ${token}\n`;
  return `CONNECT\naccept-version:${version}\nhost:/\n${login}\n\0`;
}

/** A plain STOMP connection that keeps every octet that comes. */
export class StompWire {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  readonly #closed: Promise<void>;
  #isClosed = false;

  constructor({ stomp }: Ports) {
    this.#socket = connect(stomp, '127.0.0.1');
    this.#socket.setTimeout(patienceMs, () => this.#socket.destroy(new Error('nothing came for too long')));
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', (chunk) => this.#chunks.push(chunk));
    this.#closed = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#isClosed = true;
        resolve();
      });
    });
  }

  get octets(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  send(text: string): void {
    this.#socket.write(text, 'utf8');
  }

  /** Waits for a text; false where the connection is closed before it comes. */
  async until(isThere: (octets: Buffer) => boolean): Promise<boolean> {
    while (!isThere(this.octets)) {
      if (this.#isClosed) return false;
      const more = new Promise<void>((resolve) => this.#socket.once('data', () => resolve()));
      await Promise.race([more, this.#closed]);
    }
    return true;
  }

  /** Leaves, and waits until the server has closed: nothing more can come. */
  async leave(): Promise<Buffer> {
    this.send('DISCONNECT\nreceipt:bye\n\n\0');
    await this.#closed;
    return this.octets;
  }

  drop(): void {
    this.#socket.destroy();
  }
}

/** Says the same over a WebSocket, frame by frame, and leaves; resolves with all that came. */
export async function overWebSocket({ http }: Ports, frames: readonly string[]): Promise<Buffer> {
  const socket = new WebSocket(`ws://127.0.0.1:${http}/ws`, ['v12.stomp']);
  const chunks: Buffer[] = [];
  socket.on('message', (data: Buffer) => chunks.push(data));
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  for (const each of [...frames, 'DISCONNECT\nreceipt:bye\n\n\0']) socket.send(each);
  await closed;
  return Buffer.concat(chunks);
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

/** Closes the connections that are kept. */
export function closeAgent(): void {
  agent.destroy();
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Head and body, each octet of them. */
  readonly octets: Buffer;
}

/** One request as it is said: the path is sent as it stands. Status 0 where the server answered nothing. */
export async function ask(
  { http }: Ports,
  { token }: Caller,
  { method = 'GET', path, headers = {}, body }: HttpQuestion,
): Promise<HttpAnswer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sent = request({
    agent,
    host: '127.0.0.1',
    port: http,
    method,
    path: Buffer.from(path, 'utf8').toString('latin1'),
    headers: { ...authorization, ...headers },
    timeout: patienceMs,
  });
  sent.on('timeout', () => sent.destroy());
  // What is no answer to this request, such as a body after that of HEAD.
  sent.on('error', () => undefined);
  sent.end(body);
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const whole = Buffer.concat(chunks);
    const head = Buffer.from(response.rawHeaders.join('\n'), 'latin1');
    return { status: response.statusCode ?? 0, body: whole.toString(), octets: Buffer.concat([head, whole]) };
  } catch {
    return { status: 0, body: '', octets: Buffer.alloc(0) };
  }
}

export interface HttpQuestion {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function escaped(text: string): string {
  return text.replace(/[\\\n\r:]/g, (each) => escapes.get(each) ?? each);
}

const escapes = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  [':', '\\c'],
]);

/** Does something for each, some at a time. */
export async function forEach<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const worker = async () => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: 24 }, worker));
}
