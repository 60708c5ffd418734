import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BodyTooLargeError } from './bodyTooLargeError.ts';

/** A body in an encoding that is not understood, or broken in the one it claims. */
export class BodyEncodingError extends Error {
  /** 415 for an unknown encoding, 400 for a broken body. */
  readonly status: 400 | 415;

  constructor(status: 400 | 415, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BodyEncodingError';
    this.status = status;
  }
}

/** Octets of a body as sent; how many it may become is its reader's affair. */
export interface WireLimits {
  readonly gzipBytes: number;
  readonly identityBytes: number;
}

/**
 * The body of a request as it was before it was compressed: identity or gzip (of several members, too), with or
 * without a Content-Length.
 * @throws BodyEncodingError, BodyTooLargeError while it is read
 */
export function readBody(request: IncomingMessage, limits: WireLimits): AsyncIterable<Uint8Array> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === 'none' || encoding === '') {
    return limitBytes(request, limits.identityBytes);
  }
  if (encoding === 'gzip' || encoding === 'x-gzip') return gunzip(limitBytes(request, limits.gzipBytes));
  throw new BodyEncodingError(415, 'the content-encoding is neither gzip nor identity');
}

/**
 * Reads and forgets what is left of a body, so that a client that is still sending sees the answer; false
 * where more than `atMostBytes` are left.
 */
export async function discardRest(request: IncomingMessage, atMostBytes: number): Promise<boolean> {
  if (request.readableEnded || request.destroyed) return true;
  let left = atMostBytes;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      left -= chunk.length;
      if (left < 0) return false;
    }
  } catch {
    // The client is gone: nobody waits for an answer.
  }
  return true;
}

async function* limitBytes(request: IncomingMessage, wireBytes: number): AsyncGenerator<Uint8Array> {
  let left = wireBytes;
  // Destroying a request closes its socket, and the answer would be lost.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    left -= chunk.length;
    if (left < 0) throw new BodyTooLargeError('sent', wireBytes);
    yield chunk;
  }
}

async function* gunzip(wire: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(wire);
  const inflated = createGunzip({ chunkSize: 64 * 1024 });
  source.on('error', (error) => inflated.destroy(error));
  source.pipe(inflated);
  try {
    for await (const chunk of inflated) yield chunk;
  } catch (error) {
    if (isZlibError(error))
      throw new BodyEncodingError(400, `not a gzip body: ${error.message}`, { cause: error });
    throw error;
  } finally {
    source.destroy();
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
