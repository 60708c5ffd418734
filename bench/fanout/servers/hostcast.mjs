// @hostcast/stomp with all that a server has in earnest: logins, channels, sessions and their counters.
import { createServer } from 'node:http';
import { createStompServer } from '@hostcast/stomp';

const stomp = createStompServer({
  authenticate: ({ login }) => ({ name: login ?? 'guest' }),
  compression: process.argv.includes('--deflate'),
  limits: { sessionsPerAddress: 20_000, sessionsPerUser: 20_000 },
});
stomp.clientInboundChannel.use({ preSend: (message) => message });
if (process.argv.includes('--interceptor')) {
  stomp.clientOutboundChannel.use({ preSend: (message) => message });
}
const http = createServer();
stomp.attach(http);
const port = Number(process.argv.find((each) => each.startsWith('--port='))?.slice(7) ?? 0);
http.listen({ host: '127.0.0.1', port, backlog: 4_096 }, () =>
  process.send({ port: http.address().port, path: '/ws' }),
);
// Asked how many sessions have something that their client has not read.
process.on('message', () => {
  const behind = [...stomp.sessions.values()].filter(({ outboxBytes }) => outboxBytes > 0);
  process.send({ behind: behind.length });
});
process.on('SIGINT', () => process.exit(0));
