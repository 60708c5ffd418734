import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { networkOf } from '../addresses.ts';
import type { StompError } from '../errors.ts';
import type { Handshake } from '../interceptor.ts';
import type { ResolvedOptions } from '../options.ts';
import { Deflater } from './deflate.ts';
import { acceptedDeflate } from './deflateOffer.ts';
import { createGate, type Gate } from './gate.ts';
import { HandshakeChain, type Refusal } from './handshake.ts';
import { keepAliveMs, type Transport } from './transport.ts';
import { WebSocketTransport } from './webSocket.ts';

/** What an endpoint listens on: an HTTP or HTTPS server of Node. */
export type HttpServer = Pick<Server, 'on' | 'off' | 'listenerCount'>;

/** What an endpoint hands its connections to. */
export interface WebSocketDoor {
  /** Why there is no room for a connection from this address; undefined where there is. */
  readonly refusalFor: (address: string) => StompError | undefined;
  /** Serves a connection, or tells it why not: after the upgrade, because pages see no handshake's status. */
  readonly accept: (transport: Transport, refusal: StompError | undefined) => void;
  /** Is told of an upgrade that was refused. */
  readonly refused: (request: IncomingMessage, remoteAddress: string, status: number) => void;
}

/** How a handshake may go on. */
interface Ways {
  readonly upgrade: () => number;
  readonly refuse: (refusal: Refusal) => void;
}

type Accept = (webSocket: WebSocket, deflater: Deflater | undefined) => void;

const protocols = new Set(['v12.stomp', 'v11.stomp', 'v10.stomp']);

/** The WebSocket endpoint: takes the upgrades of its path, checks them, and hands on the connections. */
export class WebSocketEndpoint {
  readonly handshake: HandshakeChain;
  readonly #options: ResolvedOptions;
  readonly #door: WebSocketDoor;
  readonly #gate: Gate;
  readonly #server: WebSocketServer;
  readonly #compressing: { readonly server: WebSocketServer; readonly deflater: Deflater } | undefined;
  readonly #attached = new Map<HttpServer, () => void>();
  readonly #responseHeaders = new WeakMap<IncomingMessage, ReadonlyMap<string, string>>();
  // Handshakes whose interceptors take their time, by the network that they come from.
  readonly #waiting = new Map<string, number>();
  #isClosing = false;

  constructor(options: ResolvedOptions, door: WebSocketDoor, report: (error: unknown) => void) {
    this.#options = options;
    this.#door = door;
    this.#gate = createGate(options);
    this.handshake = new HandshakeChain(report);
    this.#server = this.#createServer(false);
    const { compression } = options;
    this.#compressing = compression && {
      server: this.#createServer(true),
      deflater: new Deflater(compression),
    };
  }

  /** Takes this endpoint's upgrades of an HTTP server; what it returns stops that. */
  attach(server: HttpServer): () => void {
    const existing = this.#attached.get(server);
    if (existing) return existing;
    const listener = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (this.#isOurs(request)) this.#handle(request, socket, head);
      // Nobody else would ever answer.
      else if (server.listenerCount('upgrade') === 1) respond(socket, { status: 404 });
    };
    const detach = () => {
      server.off('upgrade', listener);
      this.#attached.delete(server);
    };
    server.on('upgrade', listener);
    this.#attached.set(server, detach);
    return detach;
  }

  /** Answers further upgrades with 503. */
  stopAccepting(): void {
    this.#isClosing = true;
  }

  /** Leaves the HTTP servers. */
  detach(): void {
    for (const detach of [...this.#attached.values()]) detach();
  }

  // `ws` inflates what clients compress, within the limit that holds for any message. It sends no data, and so
  // compresses none.
  #createServer(isCompressing: boolean): WebSocketServer {
    const { limits } = this.#options;
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: isCompressing,
      maxPayload: limits.webSocketMessageBytes,
      maxFragments: limits.webSocketFragments,
      handleProtocols: (offered) => [...offered].find((each) => protocols.has(each.toLowerCase())) ?? false,
    });
    server.on('headers', (lines, request) => {
      for (const [name, value] of this.#responseHeaders.get(request) ?? []) lines.push(`${name}: ${value}`);
    });
    return server;
  }

  #isOurs(request: IncomingMessage): boolean {
    const [path] = (request.url ?? '').split('?', 1);
    return path === this.#options.path || path === `${this.#options.path}/websocket`;
  }

  #handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until `ws` takes the socket over, its errors are ours, and mean only that the client has gone.
    const ignore = () => undefined;
    socket.on('error', ignore);
    const { address } = this.#gate.client(request);
    const refuse = (refusal: Refusal) => {
      respond(socket, refusal);
      this.#door.refused(request, address, refusal.status);
    };
    const status = this.#check(request);
    if (status !== undefined) {
      refuse({ status });
      return;
    }
    const handshake: Handshake = {
      request,
      remoteAddress: address,
      response: { headers: new Map() },
      attributes: new Map(),
    };
    const refusal = this.#door.refusalFor(address);
    const upgrade = () => {
      socket.off('error', ignore);
      return this.#upgrade(handshake, socket, head, refusal);
    };
    if (refusal || !this.handshake.isIntercepted) upgrade();
    else this.#intercept(handshake, socket, { upgrade, refuse });
  }

  // The status of a refusal before any interceptor is asked.
  #check(request: IncomingMessage): number | undefined {
    if (this.#isClosing) return 503;
    return this.#gate.allowsHost(request) && this.#gate.allowsOrigin(request) ? undefined : 403;
  }

  #intercept(handshake: Handshake, socket: Duplex, { upgrade, refuse }: Ways): void {
    const { clock, limits } = this.#options;
    const network = networkOf(handshake.remoteAddress);
    const waiting = this.#waiting.get(network) ?? 0;
    if (waiting >= limits.sessionsPerAddress) {
      refuse({ status: 503 });
      return;
    }
    this.#waiting.set(network, waiting + 1);
    const cancel = clock.setTimer(limits.connectMs, () => socket.destroy());
    const decided = once(() => {
      cancel();
      const others = (this.#waiting.get(network) ?? 0) - 1;
      if (others > 0) this.#waiting.set(network, others);
      else this.#waiting.delete(network);
    });
    const upgradeInTime = () => {
      decided();
      if (!this.#isClosing) return upgrade();
      refuse({ status: 503 });
      return 503;
    };
    void this.handshake.run(handshake, upgradeInTime, (refusal) => {
      decided();
      refuse(refusal);
    });
  }

  // The status sent: 101, or the 400 or 405 with which `ws` answers what is no WebSocket request.
  #upgrade(handshake: Handshake, socket: Duplex, head: Buffer, refusal: StompError | undefined): number {
    const { request, remoteAddress, response, attributes } = handshake;
    let status = request.method === 'GET' ? 400 : 405;
    const { clock, limits } = this.#options;
    const { closeMs, unconnectedFrameBytes: unconnectedBytes } = limits;
    this.#responseHeaders.set(request, response.headers);
    this.#handleUpgrade(request, socket, head, (webSocket, deflater) => {
      status = 101;
      request.socket.setKeepAlive(true, keepAliveMs);
      // Spelt out: an object made by spreading has a shape of its own for each connection.
      const transport = new WebSocketTransport({
        webSocket,
        socket,
        request,
        remoteAddress,
        attributes,
        clock,
        closeMs,
        unconnectedBytes,
        deflater,
      });
      this.#door.accept(transport, refusal);
    });
    return status;
  }

  #handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, accept: Accept): void {
    const offered = request.headers['sec-websocket-extensions'];
    const accepted = this.#compressing && acceptedDeflate(offered);
    if (!this.#compressing || accepted === undefined) {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, undefined));
      return;
    }
    const { server, deflater } = this.#compressing;
    const restore = () => {
      request.headers['sec-websocket-extensions'] = offered;
    };
    // `ws` answers 400 to offers that it declines: it gets to see the one alone that is accepted.
    request.headers['sec-websocket-extensions'] = accepted;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      restore();
      accept(webSocket, deflater);
    });
    restore();
  }
}

// Where the upgrade itself throws, it is refused after it was decided.
function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}

function respond(socket: Duplex, { status, headers = {}, body }: Refusal): void {
  if (socket.destroyed) return;
  const text = body ?? `${STATUS_CODES[status] ?? status}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
      ? []
      : ['Content-Type: text/plain']),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}
