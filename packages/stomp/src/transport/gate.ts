import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { addressSet, plainAddress } from '../addresses.ts';
import { rememberingLast } from '../rememberingLast.ts';
import { allowedOrigins } from './allowedOrigins.ts';

/** Who a gate believes, and whom it lets in. */
export interface GateOptions {
  /** Addresses and networks whose `X-Forwarded-For`, `-Proto` and `-Host` are believed. */
  readonly trustedProxies: readonly string[];
  /** Host names besides `localhost` and IP addresses; `*` for all. */
  readonly allowedHosts: readonly string[];
  /** Origins besides the server's own, or patterns of them: `https://*.example.org`, `http://a.org:[8080,8081]`; `*` for all. */
  readonly allowedOrigins: readonly string[];
}

/** Who sent a request, and what they called this server. */
export interface Client {
  /** The rightmost address on the request's way that is no trusted proxy's. */
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** Host and perhaps port, `example.org:8080`; undefined where there is none, or nothing that can be one. */
  readonly host: string | undefined;
}

/** The checks before anything is done for a request; the same for upgrades and for an application's own routes. */
export interface Gate {
  /** Whether this address is a trusted proxy's. */
  trusts(address: string): boolean;
  client(request: IncomingMessage): Client;
  /** The address of `client` alone. */
  address(request: IncomingMessage): string;
  /**
   * Whether a request names this server: by a listed name, `localhost`, or an IP address, which nobody can point
   * elsewhere. What is left out are names that a page's owner has pointed here (DNS rebinding): there Origin and
   * Host agree.
   */
  allowsHost(request: IncomingMessage): boolean;
  /** Whether a page of the request's origin may come: one of this server's own, or a listed one. No Origin: no browser, it may. */
  allowsOrigin(request: IncomingMessage): boolean;
}

const hostText = /^(?:[\w.-]+|\[[\d.:a-f]+\])(?::\d{1,5})?$/i;
const originText = /^(https?):\/\/((?:[\w.-]+|\[[\d.:a-f]+\])(?::\d{1,5})?)$/i;

/** Makes a gate. TypeError where a trusted proxy is no address and no network, or an allowed origin no pattern. */
export function createGate(options: GateOptions): Gate {
  const proxies = addressSet(options.trustedProxies, 'trustedProxies');
  const hosts = new Set(options.allowedHosts.map(plainName));
  const isListed = allowedOrigins(options.allowedOrigins);
  const client = (request: IncomingMessage) => clientOf(request, (address) => proxies.has(address));
  return {
    trusts: (address) => proxies.has(address),
    client,
    address(request) {
      const peer = plainAddress(request.socket.remoteAddress);
      return proxies.has(peer) ? client(request).address : peer;
    },
    allowsHost(request) {
      if (hosts.has('*')) return true;
      const { host } = client(request);
      const name = host === undefined ? undefined : nameOf(host);
      return name !== undefined && (name === 'localhost' || isIP(name) !== 0 || hosts.has(name));
    },
    allowsOrigin(request) {
      const { origin } = request.headers;
      if (origin === undefined || isListed(origin)) return true;
      return isOrigin(origin, client(request));
    },
  };
}

function clientOf(request: IncomingMessage, isTrusted: (address: string) => boolean): Client {
  const peer = plainAddress(request.socket.remoteAddress);
  const own = request.socket instanceof TLSSocket ? 'https' : 'http';
  const { host } = request.headers;
  if (!isTrusted(peer)) return { address: peer, protocol: own, host: checkedHost(host) };
  const protocol = lastOf(request, 'x-forwarded-proto')?.toLowerCase();
  return {
    address: forwardedAddress(request, peer, isTrusted),
    protocol: protocol === 'https' || protocol === 'http' ? protocol : own,
    host: checkedHost(lastOf(request, 'x-forwarded-host') ?? host),
  };
}

/** Each proxy adds, on the right, whom it was asked by: what stands left of the first stranger is hearsay. */
function forwardedAddress(
  request: IncomingMessage,
  peer: string,
  isTrusted: (address: string) => boolean,
): string {
  let address = peer;
  for (const entry of entriesOf(request, 'x-forwarded-for').toReversed()) {
    const next = plainAddress(withoutPort(entry));
    if (isIP(next) === 0 || next.includes('%')) break;
    address = next;
    if (!isTrusted(address)) break;
  }
  return address;
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const [, bracketed, plain] = /^(?:\[(.*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return bracketed ?? plain ?? entry;
}

/** The parts of a header that may be a list, or stand there several times: Node joins those by commas. */
function entriesOf(request: IncomingMessage, name: string): string[] {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value.join(',') : (value ?? '');
  return text.split(',').map((entry) => entry.trim());
}

/** What the nearest proxy says. */
function lastOf(request: IncomingMessage, name: string): string | undefined {
  return entriesOf(request, name).at(-1) || undefined;
}

const checkedHost = rememberingLast((host: string | undefined) =>
  host !== undefined && hostText.test(host) && URL.canParse(`http://${host}`) ? host : undefined,
);

/** The name or address of `host:port`, as lists have it. */
const nameOf = rememberingLast((host: string) =>
  plainName(new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '')),
);

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/**
 * Whether an origin is that of the server as the client called it: scheme, host and port. `https` passes where
 * this server sees `http`: a proxy that is not told of has ended TLS. The other way round it does not: a page
 * that came without TLS may be anybody's.
 */
function isOrigin(origin: string, { protocol, host }: Client): boolean {
  const [, scheme, originHost] = originText.exec(origin) ?? [];
  if (host === undefined || scheme === undefined || originHost === undefined) return false;
  if (protocol === 'https' && scheme.toLowerCase() !== 'https') return false;
  // Through the same parser, so that case, a default port that is spelled out and an address compare equal.
  const asked = hostOfOrigin(origin);
  return asked !== undefined && asked === ownHost(`${scheme}://${host}`);
}

const hostOfOrigin = rememberingLast(hostOfUrl);
const ownHost = rememberingLast(hostOfUrl);

function hostOfUrl(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
