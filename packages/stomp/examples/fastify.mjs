// Attached to Fastify: one port, routes and STOMP. What is POSTed to a route goes to all who subscribe.
import { createStompServer } from '@hostcast/stomp';
import fastify from 'fastify';

const stomp = createStompServer({
  destinations: { '/topic/notices': { retain: true } },
  authorize: ({ command }) => command === 'SUBSCRIBE', // clients only listen
});

const app = fastify();
app.post('/notices', async (request, reply) => {
  stomp.publish('/topic/notices', JSON.stringify(request.body), { 'content-type': 'application/json' });
  return reply.code(202).send({ sessions: stomp.sessions.size });
});
// While upgraded connections live, Fastify would wait for them: they are told to go before.
app.addHook('preClose', () => stomp.close());

stomp.attach(app.server);
console.log(await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT ?? 8080) }));
process.once('SIGTERM', async () => {
  await app.close();
  console.log('closed');
});
