import { Client, type IMessage } from '@stomp/stompjs';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export interface ConnectOptions {
  readonly heartbeatMs?: number;
  /** Headers of CONNECT. */
  readonly headers?: Record<string, string>;
  /** Of the WebSocket: certificates, Origin, address. */
  readonly socket?: ClientOptions;
}

/** @stomp/stompjs, the client that everybody uses, in a form that tests can wait on. */
export class StompClient {
  readonly client: Client;
  #socket: WebSocket | undefined;

  private constructor(url: string, { heartbeatMs = 10_000, headers = {}, socket = {} }: ConnectOptions) {
    this.client = new Client({
      connectHeaders: headers,
      reconnectDelay: 0,
      heartbeatIncoming: heartbeatMs,
      heartbeatOutgoing: heartbeatMs,
      webSocketFactory: () => {
        this.#socket = new WebSocket(url, ['v12.stomp', 'v11.stomp', 'v10.stomp'], socket);
        return this.#socket;
      },
    });
  }

  /** Connects to `/ws` of a server at `http://…`; ends with the test. */
  static async connect(httpUrl: string, options: ConnectOptions = {}): Promise<StompClient> {
    const stomp = new StompClient(`${httpUrl.replace('http', 'ws')}/ws`, options);
    await new Promise<void>((resolve, reject) => {
      stomp.client.onConnect = () => resolve();
      stomp.client.onStompError = (frame) => reject(new Error(frame.headers.message));
      stomp.client.onWebSocketError = (event) => reject(new Error(String(event.message)));
      stomp.client.activate();
    });
    onTestFinished(() => stomp.socket.terminate());
    return stomp;
  }

  get socket(): WebSocket {
    return this.#socket!;
  }

  /** Subscribes; `next()` gives one message after the other, parsed, waiting where none is there yet. */
  subscribe<Body>(destination: string): { next(): Promise<Body>; received: number } {
    const waiting: ((message: IMessage) => void)[] = [];
    const arrived: IMessage[] = [];
    const subscription = {
      received: 0,
      async next(): Promise<Body> {
        const message = arrived.shift() ?? (await new Promise<IMessage>((resolve) => waiting.push(resolve)));
        return JSON.parse(message.body) as Body;
      },
    };
    this.client.subscribe(destination, (message) => {
      subscription.received += 1;
      const waiter = waiting.shift();
      if (waiter) waiter(message);
      else arrived.push(message);
    });
    return subscription;
  }
}
