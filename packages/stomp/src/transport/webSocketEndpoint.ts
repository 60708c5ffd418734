import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { networkOf } from '../addresses.ts';
import type { StompError } from '../errors.ts';
import type { Handshake } from '../interceptor.ts';
import type { ResolvedOptions } from '../options.ts';
import { rememberingLast } from '../rememberingLast.ts';
import { Deflater } from './deflate.ts';
import { acceptedDeflate } from './deflateOffer.ts';
import { createGate, type Gate } from './gate.ts';
import { HandshakeChain, type Refusal } from './handshake.ts';
import type { Transport } from './transport.ts';
import { type WebSocketSettings, WebSocketTransport } from './webSocket.ts';
import { acceptance, refusalOf } from './webSocketHandshake.ts';

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

/** One upgrade that is asked for. */
interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** The client's, which a trusted proxy may have told. */
  readonly remoteAddress: string;
}

const noHeaders: ReadonlyMap<string, string> = new Map();

/** The WebSocket endpoint: takes the upgrades of its path, checks them, and hands on the connections. */
export class WebSocketEndpoint {
  readonly handshake: HandshakeChain;
  readonly #options: ResolvedOptions;
  readonly #door: WebSocketDoor;
  readonly #gate: Gate;
  readonly #isOurs: (url: string | undefined) => boolean;
  readonly #settings: WebSocketSettings;
  // For those that permessage-deflate was agreed on with.
  readonly #deflating: WebSocketSettings | undefined;
  readonly #attached = new Map<HttpServer, () => void>();
  // Handshakes whose interceptors take their time, by the network that they come from.
  readonly #waiting = new Map<string, number>();
  #isClosing = false;

  constructor(options: ResolvedOptions, door: WebSocketDoor, report: (error: unknown) => void) {
    this.#options = options;
    this.#door = door;
    this.#gate = createGate(options);
    this.#isOurs = rememberingLast((url) => {
      const [path] = (url ?? '').split('?', 1);
      return path === options.path || path === `${options.path}/websocket`;
    });
    this.handshake = new HandshakeChain(report);
    const { clock, limits } = options;
    const { closeMs, unconnectedFrameBytes, webSocketMessageBytes, webSocketFragments: fragments } = limits;
    this.#settings = {
      clock,
      closeMs,
      unconnectedLimits: { bytes: unconnectedFrameBytes, bytesName: 'unconnectedFrameBytes', fragments },
      messageLimits: { bytes: webSocketMessageBytes, bytesName: 'webSocketMessageBytes', fragments },
      deflater: undefined,
    };
    const { compression } = options;
    this.#deflating = compression && { ...this.#settings, deflater: new Deflater(compression) };
  }

  /** Takes this endpoint's upgrades of an HTTP server; what it returns stops that. */
  attach(server: HttpServer): () => void {
    const existing = this.#attached.get(server);
    if (existing) return existing;
    const listener = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (this.#isOurs(request.url)) this.#handle(request, socket, head);
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

  #handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Its errors mean only that the client has gone, which `close` tells.
    socket.on('error', ignore);
    const remoteAddress = this.#gate.address(request);
    const status = this.#check(request);
    if (status !== undefined) {
      this.#refuse({ request, socket, head, remoteAddress }, { status });
      return;
    }
    const refusal = this.#door.refusalFor(remoteAddress);
    const upgrade = { request, socket, head, remoteAddress };
    if (refusal || !this.handshake.isIntercepted) this.#upgrade(upgrade, refusal);
    else this.#intercept(upgrade);
  }

  #refuse({ request, socket, remoteAddress }: Upgrade, refusal: Refusal): void {
    respond(socket, refusal);
    this.#door.refused(request, remoteAddress, refusal.status);
  }

  // The status of a refusal before any interceptor is asked.
  #check(request: IncomingMessage): number | undefined {
    if (this.#isClosing) return 503;
    return this.#gate.allowsHost(request) && this.#gate.allowsOrigin(request) ? undefined : 403;
  }

  #intercept(upgrade: Upgrade): void {
    const { clock, limits } = this.#options;
    const { connectMs, sessionsPerAddress } = limits;
    const { request, remoteAddress } = upgrade;
    const network = networkOf(remoteAddress);
    const waiting = this.#waiting.get(network) ?? 0;
    if (waiting >= sessionsPerAddress) {
      this.#refuse(upgrade, { status: 503 });
      return;
    }
    this.#waiting.set(network, waiting + 1);
    let cancel = () => {};
    const overdue = new Promise<never>((_, reject) => {
      const text = `an interceptor of the handshake has not answered within connectMs ${connectMs}`;
      cancel = clock.setTimer(connectMs, () => reject(new Error(text)));
    });
    const decided = once(() => {
      cancel();
      const others = (this.#waiting.get(network) ?? 0) - 1;
      if (others > 0) this.#waiting.set(network, others);
      else this.#waiting.delete(network);
    });
    const response = { headers: new Map<string, string>() };
    const handshake: Handshake = { request, remoteAddress, response, attributes: new Map() };
    const upgradeInTime = () => {
      decided();
      if (!this.#isClosing) return this.#upgrade(upgrade, undefined, handshake);
      this.#refuse(upgrade, { status: 503 });
      return 503;
    };
    const refuse = (refusal: Refusal) => {
      decided();
      this.#refuse(upgrade, refusal);
    };
    void this.handshake.run(handshake, upgradeInTime, refuse, overdue);
  }

  // The status sent: 101, or the 400 or 405 that answers what is no WebSocket request.
  #upgrade(upgrade: Upgrade, refusal: StompError | undefined, handshake?: Handshake): number {
    const { request, socket, head, remoteAddress } = upgrade;
    const refused = refusalOf(request);
    if (refused) {
      respond(socket, refused);
      return refused.status;
    }
    // The client may have gone while an interceptor waited.
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return 400;
    }
    const extension = this.#deflating && acceptedDeflate(request.headers['sec-websocket-extensions']);
    if (extension === null) {
      respond(socket, { status: 400 });
      return 400;
    }
    const headers = handshake?.response.headers ?? noHeaders;
    // The HTTP server's; it has none by default.
    if (request.socket.timeout) request.socket.setTimeout(0);
    request.socket.setNoDelay(true);
    if (head.length > 0) socket.unshift(head);
    const answer = Buffer.from(acceptance(request, headers, extension), 'latin1');
    const parts = { socket, answer, request, remoteAddress, attributes: handshake?.attributes };
    const settings = (extension && this.#deflating) || this.#settings;
    this.#door.accept(new WebSocketTransport(parts, settings), refusal);
    return 101;
  }
}

function ignore(): void {}

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
