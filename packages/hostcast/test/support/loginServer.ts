import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createStompServer, type StompServer } from '@hostcast/stomp';
import { FakeClock, MemoryClient } from '@hostcast/stomp/testing';
import pino from 'pino';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Accounts } from '../../src/accounts/accounts.ts';
import { type Account, type StoredToken, writeAccounts } from '../../src/accounts/accountsFile.ts';
import { Passwords } from '../../src/accounts/passwords.ts';
import { loginRoutes } from '../../src/api/login.ts';
import { tokenRoutes } from '../../src/api/tokens.ts';
import type { JwtConfig, LoginConfig } from '../../src/config/config.ts';
import { createHttp } from '../../src/http.ts';
import { type Login, openLogin } from '../../src/login/login.ts';
import type { SessionGuard } from '../../src/login/sessionGuard.ts';
import { createNetwork, type NetworkOptions } from '../../src/network/network.ts';
import { protect } from '../../src/network/protect.ts';
import { checkAccess } from '../../src/security/access.ts';
import { Audit } from '../../src/security/audit.ts';
import { authenticateWith } from '../../src/security/authentication.ts';
import { authorizeWith } from '../../src/security/authorize.ts';
import { ScopedDeliveries } from '../../src/security/scopedDeliveries.ts';
import { makeFolder } from './hostcastProcess.ts';

/** The password of all users there are. */
export const password = 'correct horse';

const passwordHash =
  '$scrypt$ln=15,r=8,p=3$8j+I2CX0CHInDdX4cyLcAQ$516CHM5TkJhbUREd0OUX/n3vrh09EKQUttDsLb0JAFM';

/** 2026-11-22T12:00:00Z */
export const startMs = Date.UTC(2026, 10, 22, 12);

const users: readonly Account[] = [
  { name: 'ann', role: 'admin', passwordHash, version: 1, createdMs: startMs },
  { name: 'kim', role: 'viewer', passwordHash, version: 2, createdMs: startMs },
];

export interface LoginServerOptions {
  readonly folder?: string;
  readonly login?: Partial<LoginConfig>;
  readonly jwt?: Partial<JwtConfig>;
  readonly network?: Partial<NetworkOptions>;
  readonly users?: readonly Account[];
  readonly tokens?: readonly StoredToken[];
  readonly loginsPerMinute?: number;
}

/** What wants a login of a hostcast, HTTP and STOMP, without store and publisher, on a clock that tests turn. */
export class LoginServer {
  readonly clock = new FakeClock(startMs);
  readonly audit = new Audit({ log: pino({ level: 'silent' }), now: () => startMs });
  readonly folder: string;
  readonly passwords = new Passwords();
  readonly accounts: Accounts;
  readonly login: Login;
  readonly stomp: StompServer;
  guard!: SessionGuard;
  port = 0;
  readonly #options: LoginServerOptions;

  private constructor(options: LoginServerOptions) {
    this.#options = options;
    this.folder = options.folder ?? makeFolder();
    const { clock, folder } = this;
    const content = { revision: 3, users: options.users ?? users, tokens: options.tokens ?? [] };
    writeAccounts(folder, content, () => true);
    this.accounts = Accounts.open(folder, { nowMs: () => clock.now(), passwords: this.passwords });
    const jwt: JwtConfig = {
      ...{ algorithms: ['HS256'], nameClaim: 'sub', roleClaim: 'role', hostsClaim: 'hostcast_hosts' },
      ...{ tagsClaim: 'hostcast_tags', clockToleranceMs: 30_000, tokenBytes: 8_192, ...options.jwt },
    };
    this.login = openLogin({
      config: {
        dataFolder: folder,
        login: { tokenMs: 3_600_000, sessionMs: 30 * 86_400_000, secureCookie: 'auto', ...options.login },
        limits: { loginsPerMinute: options.loginsPerMinute ?? 1_000 },
        ...(options.jwt && { jwt }),
      },
      accounts: this.accounts,
      network: this.network,
      clock: {
        nowMs: () => clock.now(),
        monotonicMs: () => clock.monotonicMs(),
        after: (ms, callback) => clock.setTimer(ms, callback),
      },
      log: pino({ level: 'silent' }),
      audit: this.audit,
    });
    this.stomp = createStompServer({
      ...this.network.endpoint,
      limits: { sessionsPerUser: 1_000 },
      clock,
      authenticate: authenticateWith(this.login.authentication),
      authorize: authorizeWith(this.audit),
    });
  }

  /** Listens; ends with the test. */
  static async start(options: LoginServerOptions = {}): Promise<LoginServer> {
    const server = new LoginServer(options);
    await server.#listen();
    return server;
  }

  get network() {
    const { network } = this.#options;
    return createNetwork({ allowedHosts: [], allowedOrigins: [], trustedProxies: [], ...network });
  }

  /** What was audited, the oldest first. */
  get audited() {
    return [...this.audit.entries].reverse().map(({ event, time: _, ...fields }) => [event, fields]);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async #listen(): Promise<void> {
    const { stomp, network, login } = this;
    const http = createHttp(pino({ level: 'silent' }), network);
    await protect({ http, stomp }, network, {
      ...{ httpConnections: 1_000, sessionsPerAddress: 1_000, handshakesPerMinute: 10_000 },
    });
    checkAccess(http, (request) => login.authentication.ofRequest(request), this.audit);
    this.guard = login.guard(stomp, new ScopedDeliveries(stomp));
    await http.register(loginRoutes, {
      ...login,
      ...{ guard: this.guard, network, secureCookie: this.#options.login?.secureCookie ?? 'auto' },
      audit: this.audit,
      nowMs: () => this.clock.now(),
    });
    await http.register(tokenRoutes, { accounts: this.accounts, audit: this.audit });
    http.get('/api/hosts', ({ principal }) => principal ?? null);
    http.post('/api/sessions/:id/kick', () => ({ kicked: true }));
    http.post('/write', (_request, reply) => reply.code(204).send());
    http.get('/healthz', () => ({}));
    stomp.attach(http.server);
    await http.listen({ host: '127.0.0.1', port: 0 });
    this.port = (http.server.address() as AddressInfo).port;
    onTestFinished(async () => {
      this.guard.close();
      await stomp.close({ drainMs: 0 });
      await http.close();
      this.accounts.close();
    });
  }

  /** Status, parsed body and headers of an answer. */
  async ask(method: string, path: string, headers: Record<string, string> = {}, body?: string) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  /** Signs in by name and password. */
  async signIn(name = 'kim', given = password) {
    const { headers, body, status } = await this.ask(
      ...(['POST', '/api/login', { 'content-type': 'application/json' }] as const),
      JSON.stringify({ name, password: given }),
    );
    const cookie = headers.get('set-cookie');
    return { status, body, headers, cookie, pair: cookie?.split(';')[0] ?? '', token: String(body?.token) };
  }

  /** A token of ours without the work of a password. */
  async tokenOf(name = 'kim'): Promise<string> {
    return (await this.login.logins.issue(this.accounts.user(name)!)).token;
  }

  /** A STOMP client that has sent CONNECT. */
  connecting(headers: Record<string, string>): MemoryClient {
    const client = new MemoryClient();
    this.stomp.accept(client);
    client.sendFrame('CONNECT', { 'accept-version': '1.2', host: '/', ...headers });
    return client;
  }

  /** A STOMP client that is connected. */
  async connect(headers: Record<string, string>): Promise<MemoryClient> {
    const client = this.connecting(headers);
    await client.first('CONNECTED');
    return client;
  }

  /** What a WebSocket with these headers gets for a CONNECT without credentials: CONNECTED or the ERROR's message. */
  async socket(headers: Record<string, string>): Promise<string> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/ws`, ['v12.stomp'], { headers });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    socket.send('CONNECT\naccept-version:1.2\nhost:/\n\n\0');
    const [data] = await once(socket, 'message');
    const text = String(data);
    return /^message:(.*)$/m.exec(text)?.[1] ?? text.split('\n')[0]!;
  }
}
