// Many viewers over STOMP: each connected, subscribed, and looking at the time of every fleet snapshot it gets.
import { WebSocket } from 'ws';

/** Connects them all; `onFleet(ageMs)` is told of each fleet snapshot how old it was when it came. */
export async function startViewers({ url, count, hosts, onFleet = () => {} }) {
  const counts = { messages: 0, octets: 0, fleets: 0, lost: 0 };
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
  const socket = new WebSocket(`${url.replace('http', 'ws')}ws`.replace(/([^/])ws$/, '$1/ws'), 'v12.stomp');
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
    counts.messages += 1;
    counts.octets += data.length;
    const text = data.toString('utf8');
    const time = /^MESSAGE[^]*?\n\n\{"time":(\d+)/.exec(text)?.[1];
    if (time === undefined || !/\ndestination:\/topic\/hosts\n/.test(text)) return;
    counts.fleets += 1;
    onFleet(Date.now() - Number(time), Number(time));
  });
  socket.send('SUBSCRIBE\nid:fleet\ndestination:/topic/hosts\n\n\0');
  if (host !== undefined) socket.send(`SUBSCRIBE\nid:host\ndestination:/topic/hosts.${host}\n\n\0`);
  return () => {
    isClosing = true;
    socket.close();
    return closed;
  };
}
