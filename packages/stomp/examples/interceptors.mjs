// Handshake interceptors and channel interceptors, and what each can see. The former see the HTTP upgrade
// (cookies, query, address) and no STOMP; the latter see every STOMP frame, and of the upgrade what the former
// have put into the attributes.
import { createServer } from 'node:http';
import { createStompServer, StompError } from '@hostcast/stomp';

const stomp = createStompServer();

// First those that only watch: an interceptor is told how it ended where it let the message pass itself, so one
// that comes first hears of everything that later ones refuse.
stomp.handshake.use({
  afterHandshake({ request }, { accepted, status }) {
    console.log(`handshake ${request.url} ${accepted ? 'accepted' : `refused with ${status}`}`);
  },
});
stomp.clientInboundChannel.use({
  postSend({ command, reason, session }) {
    if (command === 'CONNECT') console.log(`connect ${session.attributes.get('room')}`);
    if (command === 'DISCONNECT') console.log(`disconnect ${session.attributes.get('room')} ${reason}`);
  },
  afterSendCompletion({ command }, _channel, sent, error) {
    if (!sent) console.log(`${command} failed: ${error?.message ?? 'dropped'}`);
  },
});

// Then those that decide.
stomp.handshake.use({
  beforeHandshake({ request, response, attributes }) {
    const room = new URL(request.url, 'http://localhost').searchParams.get('room');
    if (!room) return { reject: { status: 400, body: 'say which room: /ws?room=…\n' } };
    attributes.set('room', room);
    response.headers.set('x-room', encodeURIComponent(room));
  },
});
stomp.clientInboundChannel.use({
  // A client stays in its room, and nobody shouts.
  preSend(message) {
    const { command, destination, session } = message;
    if (command !== 'SUBSCRIBE' && command !== 'SEND') return undefined;
    if (destination !== `/topic/rooms.${session.attributes.get('room')}`) {
      throw new StompError('that is not your room', { reason: 'forbidden' });
    }
    return command === 'SEND' ? message.with({ body: message.text().toLowerCase() }) : undefined;
  },
});

const http = createServer();
stomp.attach(http);
http.listen(process.env.PORT ?? 8080, '127.0.0.1', () => {
  console.log(`ws://127.0.0.1:${http.address().port}/ws?room=kitchen`);
});
