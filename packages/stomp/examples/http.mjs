// Beside other things on a plain HTTP server: pages, another WebSocket path, and a clean end. An HTTPS server is
// attached the same way.
import { createServer } from 'node:http';
import { createStompServer } from '@hostcast/stomp';

const stomp = createStompServer({ path: '/live', destinations: { '/topic/time': { retain: true } } });
setInterval(() => stomp.publish('/topic/time', new Date().toISOString()), 1_000).unref();

const http = createServer((request, response) => {
  if (request.url === '/stats') response.end(JSON.stringify(stomp.stats()));
  else response.writeHead(404).end();
});
// Upgrades of other paths are not touched: they are for whoever else listens.
http.on('upgrade', (request, socket) => {
  if (request.url === '/other') socket.end('HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n');
});
stomp.attach(http);
http.listen(process.env.PORT ?? 8080, '127.0.0.1', () => {
  console.log(`ws://127.0.0.1:${http.address().port}/live`);
});

process.once('SIGTERM', async () => {
  http.close();
  await stomp.close({ drainMs: 5_000 }); // tells every client when to come back
  console.log('closed');
});
