import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { StompServerOptions } from '@hostcast/stomp';
import { certificate } from './certificate.ts';
import type { Served } from './network.ts';
import { cleanUp, serve } from './network.ts';

/** A bare socket that is open, with the octets that it has got. */
export interface RawTcp {
  readonly socket: Socket;
  /** What came so far, one character per octet. */
  text(): string;
  /** Resolves when the server has ended its side: `end` for FIN, `reset` for RST. */
  readonly ended: Promise<'end' | 'reset'>;
}

/** A STOMP server that listens on a TCP port of its own too. */
export async function serveTcp(
  options: StompServerOptions = {},
  isTls = false,
): Promise<Served & { readonly tcpPort: number }> {
  const served = await serve(options);
  const tls = isTls ? { tls: certificate } : {};
  const { port } = await served.stomp.listenTcp({ host: '127.0.0.1', port: 0, ...tls });
  return { ...served, tcpPort: port };
}

/** Connects without a word. */
export async function rawTcp(port: number, isTls = false): Promise<RawTcp> {
  const options = { host: '127.0.0.1', port };
  const socket = isTls ? connectTls({ ...options, ca: certificate.cert }) : connectTcp(options);
  const chunks: Buffer[] = [];
  const ended = new Promise<'end' | 'reset'>((resolve) => {
    socket.on('end', () => resolve('end'));
    socket.on('error', () => resolve('reset'));
  });
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  cleanUp(() => socket.destroy());
  await once(socket, isTls ? 'secureConnect' : 'connect');
  return { socket, ended, text: () => Buffer.concat(chunks).toString('latin1') };
}
