import type { IncomingMessage } from 'node:http';
import { createGate, type Gate } from '@hostcast/stomp';

/** What the operator says of the network around. */
export interface NetworkOptions {
  /** All names by which this server may be called, its own among them. */
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
}

/** Who may come, by what their request says; the same for the page, the API and WebSockets. */
export interface Network extends Gate {
  /** The same for the WebSocket endpoint. */
  readonly endpoint: NetworkOptions;
  /**
   * Whether a page of this server's own made the request, and no other page: what a cookie needs before anything
   * is changed in its name. By Origin; without one, by Sec-Fetch-Site; a program that sends neither is no page.
   */
  isOwnOrigin(request: IncomingMessage): boolean;
}

/** Makes the checks of one server. TypeError where a trusted proxy is no address or network. */
export function createNetwork(options: NetworkOptions): Network {
  const gate = createGate(options);
  const own = createGate({ ...options, allowedOrigins: [] });
  return {
    ...gate,
    endpoint: options,
    isOwnOrigin(request) {
      if (request.headers.origin !== undefined) return own.allowsOrigin(request);
      return request.headers['sec-fetch-site'] === 'same-origin';
    },
  };
}
