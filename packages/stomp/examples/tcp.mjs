// Plain STOMP over TCP, for clients that are no browsers: `node tcp.mjs`, then `python3 tcp_client.py 61613`
// (stomp.py; Debian: python3-stomp). With `tls: { key, cert }` the same over TLS.
import { createStompServer, StompError } from '@hostcast/stomp';

const stomp = createStompServer({
  authenticate: ({ login, passcode }) => {
    if (login === 'kim' && passcode === 'secret') return { name: login };
    throw new StompError('wrong passcode', { reason: 'unauthorized' });
  },
});
stomp.handle('/app/measurements', (message, session) => {
  stomp.publish('/topic/measurements', message.body, { from: session.user.name });
});

const { port } = await stomp.listenTcp({ host: '127.0.0.1', port: Number(process.env.PORT ?? 61613) });
console.log(`stomp://127.0.0.1:${port}`);
