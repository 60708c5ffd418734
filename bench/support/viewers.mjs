// Many viewers over STOMP: each connected, subscribed, and looking at the time of every fleet snapshot it gets.
import { WebSocket } from 'ws';

/** Connects them all; `onFleet(timeMs)` is told of each fleet snapshot that comes of when it is. */
export async function startViewers({ url, count, hosts, onFleet = () => {} }) {
  const counts = { lost: 0 };
  const viewers = await Promise.all(
    Array.from({ length: count }, (_, index) => connect(url, hosts[index % hosts.length], counts, onFleet)),
  );
  return {
    counts,
    async stop() {
      await Promise.all(viewers.map((close) => close()));
    },
  };
}

async function connect(url, host, counts, onFleet) {
  const socket = new WebSocket(new URL('/ws', url.replace('http', 'ws')), 'v12.stomp');
  let isClosing = false;
  socket.on('close', () => {
    if (!isClosing) counts.lost += 1;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const isConnected = new Promise((resolve) => socket.once('message', resolve));
  socket.send('CONNECT\naccept-version:1.2\nhost:localhost\nheart-beat:0,0\n\n\0');
  await isConnected;
  socket.on('message', (data) => {
    const text = data.toString('utf8');
    const time = /\n\n\{"time":(\d+)/.exec(text)?.[1];
    if (time === undefined || !text.includes('\ndestination:/topic/hosts\n')) return;
    onFleet(Number(time));
  });
  socket.send('SUBSCRIBE\nid:fleet\ndestination:/topic/hosts\n\n\0');
  if (host !== undefined) socket.send(`SUBSCRIBE\nid:host\ndestination:/topic/hosts.${host}\n\n\0`);
  return () => {
    isClosing = true;
    socket.close();
    return closed;
  };
}
