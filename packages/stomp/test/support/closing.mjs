// A process that closes its server while a hook waits for ever, as an application does that is told to end.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createStompServer } from '@hostcast/stomp';
import { WebSocket } from 'ws';

const [, , held] = process.argv;
const http = createServer();
const stomp = createStompServer({ limits: { closeMs: 50 } });
stomp.clientInboundChannel.use({
  preSend: ({ command }) => (command === held ? new Promise(() => {}) : undefined),
});
stomp.on('error', ({ error }) => console.log(error.message));
stomp.on('disconnected', ({ reason }) => console.log(`disconnected ${reason}`));
stomp.attach(http);
http.listen(0, '127.0.0.1');
await once(http, 'listening');
const client = new WebSocket(`ws://127.0.0.1:${http.address().port}/ws`);
await once(client, 'open');
client.send('CONNECT\naccept-version:1.2\nhost:/\n\n\0');
await once(client, 'message');
if (held === 'SEND') {
  client.send('SEND\ndestination:/topic/a\n\n\0');
  client.ping();
  await once(client, 'pong');
}
http.close();
await stomp.close({ drainMs: 60_000 });
console.log('closed');
