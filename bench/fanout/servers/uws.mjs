// uWebSockets: C++, with topics of its own. STOMP is read and written here, as little of it as the benchmark needs.
import { createRequire } from 'node:module';

const peers = createRequire(new URL('../peers/package.json', import.meta.url));
const uws = peers('uwebsockets');
const app = uws.App();
let messages = 0;

app.ws('/ws', {
  compression: uws.DISABLED,
  maxPayloadLength: 1 << 20,
  maxBackpressure: 8 << 20,
  upgrade(response, request, context) {
    const of = (name) => request.getHeader(`sec-websocket-${name}`);
    response.upgrade({}, of('key'), of('protocol').split(',')[0], of('extensions'), context);
  },
  message(client, data) {
    const text = Buffer.from(data).toString('latin1');
    const split = text.indexOf('\n\n');
    const [command, ...lines] = text.slice(0, split).split('\n');
    const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)));
    if (command === 'CONNECT') client.send('CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0');
    if (command === 'SUBSCRIBE') client.subscribe(headers.destination);
    if (command === 'SEND') {
      const body = text.slice(split + 2, -1);
      messages += 1;
      // All clients of the benchmark have the same subscription id: what it compares with is the plainest case.
      const head = `MESSAGE\nsubscription:sub-0\nmessage-id:${messages}\ndestination:${headers.destination}\n`;
      app.publish(headers.destination, `${head}content-length:${body.length}\n\n${body}\0`);
    }
    if (headers.receipt) client.send(`RECEIPT\nreceipt-id:${headers.receipt}\n\n\0`);
  },
});
app.listen('127.0.0.1', 0, (socket) => process.send({ port: uws.us_socket_local_port(socket), path: '/ws' }));
