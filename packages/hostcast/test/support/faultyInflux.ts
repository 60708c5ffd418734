import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { httpAnswer } from './rawServer.ts';

/** What becomes of a request: octets and the end of the connection, or one of these. */
export type Fault =
  | { readonly octets: string }
  | { readonly kind: 'reset' | 'silent' | 'headers, then nothing' | 'an octet at a time' };

export interface FaultyInflux {
  readonly url: string;
  /** Method and path of each request so far. */
  readonly requests: readonly string[];
  /** Each statement so far. */
  readonly statements: readonly string[];
  /** How many connections were made so far. */
  readonly connections: number;
  /** The most statements that were under way at once. */
  readonly mostUnderWay: number;
  /** Undefined: it is well. `onlyQuery`: its ping is well all the same. */
  fault: (Fault & { readonly onlyQuery?: boolean }) | undefined;
  /** While set, statements wait for it before they are answered. */
  pause: Promise<void> | undefined;
  /** Nobody listens there any more. */
  stop: () => Promise<void>;
  /** Listens at the same port again. */
  start: () => Promise<void>;
}

/** An InfluxDB 1.8 with one host, `web-1`, whose cpu is idle by 75 %; and everything that can be wrong with it. */
export async function startFaultyInflux(nowMs: () => number): Promise<FaultyInflux> {
  const requests: string[] = [];
  const statements: string[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let underWay = 0;
  let port = 0;
  const state = {
    fault: undefined as FaultyInflux['fault'],
    pause: undefined as Promise<void> | undefined,
    most: 0,
    connections: 0,
  };

  const server = createServer((socket) => {
    state.connections += 1;
    sockets.add(socket);
    let received = '';
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!isWhole(received)) return;
      const request = received;
      received = '';
      requests.push(request.slice(0, request.indexOf(' HTTP/')));
      void answer(socket, request);
    });
  });

  async function answer(socket: Socket, request: string): Promise<void> {
    const isPing = request.startsWith('GET /ping ');
    if (!isPing) statements.push(statementOf(request));
    if (!isPing) underWay += 1;
    state.most = Math.max(state.most, underWay);
    if (!isPing) await state.pause;
    if (!isPing) underWay -= 1;
    const { fault } = state;
    if (fault === undefined || (isPing && fault.onlyQuery))
      socket.write(wellAnswer(request, nowMs()), 'latin1');
    else if ('octets' in fault) socket.end(fault.octets, 'latin1');
    else if (fault.kind === 'reset') socket.resetAndDestroy();
    else if (fault.kind !== 'silent') socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{');
    if (fault && 'kind' in fault && fault.kind === 'an octet at a time') {
      timers.add(setInterval(() => socket.write(' '), 20));
    }
  }

  async function listen(): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  }

  async function stop(): Promise<void> {
    for (const timer of timers) clearInterval(timer);
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }

  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    statements,
    get connections() {
      return state.connections;
    },
    get mostUnderWay() {
      return state.most;
    },
    get fault() {
      return state.fault;
    },
    set fault(fault) {
      state.fault = fault;
    },
    get pause() {
      return state.pause;
    },
    set pause(pause) {
      state.pause = pause;
    },
    stop,
    start: listen,
  };
}

const kept = 'X-Influxdb-Version: 1.8.10\r\n';

function wellAnswer(request: string, nowMs: number): string {
  if (request.startsWith('GET /ping ')) return `HTTP/1.1 204 No Content\r\n${kept}\r\n`;
  return httpAnswer('200 OK', 'application/json', result(statementOf(request), nowMs), kept).replace(
    'Connection: close\r\n',
    '',
  );
}

function statementOf(request: string): string {
  return new URLSearchParams(request.split('\r\n\r\n')[1]).get('q') ?? '';
}

function result(statement: string, nowMs: number): string {
  const series = (columns: readonly string[], row: readonly unknown[]) =>
    JSON.stringify({ results: [{ statement_id: 0, series: [{ name: 'cpu', columns, values: [row] }] }] });
  if (statement === 'SHOW FIELD KEYS') return series(['fieldKey', 'fieldType'], ['usage_idle', 'float']);
  if (statement === 'SHOW TAG KEYS') {
    return series(['tagKey'], ['cpu']).replace('["cpu"]]', '["cpu"],["host"]]');
  }
  if (statement.startsWith('SHOW TAG VALUES')) return series(['key', 'value'], ['host', 'web-1']);
  return series(['time', 'usage_idle', 'cpu', 'host'], [nowMs, 75, 'cpu-total', 'web-1']);
}

function isWhole(request: string): boolean {
  const end = request.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(request)?.[1] ?? '0';
  return end >= 0 && request.length >= end + 4 + Number(length);
}
