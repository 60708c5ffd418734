// What one writes in an hour: `ws`, a list of clients for each destination, and a string built for each of them.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const destinations = new Map();
// 6 is what zlib takes by itself.
const perMessageDeflate = process.argv.includes('--deflate') && { zlibDeflateOptions: { level: 6 } };
const server = new WebSocketServer({ noServer: true, perMessageDeflate });
const http = createServer();
http.on('upgrade', (request, socket, head) => server.handleUpgrade(request, socket, head, serve));
http.listen({ host: '127.0.0.1', port: 0, backlog: 4_096 }, () =>
  process.send({ port: http.address().port, path: '/ws' }),
);

let messages = 0;

function serve(client) {
  client.on('message', (data) => {
    const frame = read(data.toString());
    switch (frame.command) {
      case 'CONNECT':
        client.send('CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0');
        break;
      case 'SUBSCRIBE': {
        const clients = destinations.get(frame.headers.destination) ?? new Map();
        destinations.set(frame.headers.destination, clients.set(client, frame.headers.id));
        break;
      }
      case 'SEND':
        publish(frame);
        break;
    }
    if (frame.headers.receipt) client.send(`RECEIPT\nreceipt-id:${frame.headers.receipt}\n\n\0`);
  });
  client.on('close', () => {
    for (const clients of destinations.values()) clients.delete(client);
  });
}

function publish({ headers: { destination }, body }) {
  messages += 1;
  for (const [client, id] of destinations.get(destination) ?? []) {
    client.send(
      `MESSAGE\nsubscription:${id}\nmessage-id:${messages}\ndestination:${destination}\n` +
        `content-length:${Buffer.byteLength(body)}\n\n${body}\0`,
    );
  }
}

function read(text) {
  const split = text.indexOf('\n\n');
  const [command, ...lines] = text.slice(0, split).split('\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s).slice(0, 2)));
  return { command, headers, body: text.slice(split + 2, -1) };
}
