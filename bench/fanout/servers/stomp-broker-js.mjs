import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const peers = createRequire(new URL('../peers/package.json', import.meta.url));
const StompServer = peers('stomp-broker-js');
const http = createServer();
new StompServer({ server: http, path: '/ws', heartbeat: [10_000, 10_000] });
http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () =>
  process.send({ port: http.address().port, path: '/ws' }),
);
