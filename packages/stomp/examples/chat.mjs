// A chat in 20 lines: `node chat.mjs`, then open the address that it prints in two windows.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createStompServer } from '@hostcast/stomp';

const page = readFileSync(new URL('chat.html', import.meta.url));
const stompjs = readFileSync(createRequire(import.meta.url).resolve('@stomp/stompjs'));
const http = createServer(({ url }, response) => response.end(url === '/stomp.js' ? stompjs : page));

const stomp = createStompServer({
  authenticate: ({ login }) => ({ name: login || 'somebody' }),
  authorize: ({ command, destination }) => destination === (command === 'SEND' ? '/app/chat' : '/topic/chat'),
});
stomp.handle('/app/chat', (message) => {
  stomp.publish('/topic/chat', JSON.stringify({ from: message.user.name, text: message.text() }));
});
stomp.attach(http);
http.listen(process.env.PORT ?? 8080, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${http.address().port}`);
});
