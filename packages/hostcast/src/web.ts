import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { UserError } from './config/userError.ts';

/** Where the built page lies: beside the built server, whether this runs from dist or from src. */
export const pageFolder = fileURLToPath(new URL('../dist/page/', import.meta.url));

/**
 * Serves the page. Its assets carry a hash in their names and may be kept for ever; the document itself is
 * asked for each time, and answers every path that is a route of the page.
 */
export async function webRoutes(app: FastifyInstance): Promise<void> {
  if (!existsSync(pageFolder)) {
    throw new UserError(`the page is not built: ${pageFolder} is missing. Build it:\n\n  npm run build\n`);
  }
  await app.register(fastifyStatic, {
    root: pageFolder,
    cacheControl: false,
    preCompressed: true,
    setHeaders(response, path) {
      const isHashed = path.includes('/assets/');
      response.setHeader('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    if (wantsPage && !request.url.startsWith('/api/')) return reply.code(200).sendFile('index.html');
    const [path = ''] = request.url.split('?'); // what is behind it may be a password
    return reply.code(404).send({ error: `there is nothing at ${request.method} ${path.slice(0, 200)}` });
  });
}
