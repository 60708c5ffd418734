// JWT on CONNECT: `POST /login` gives a token, CONNECT carries it in a header of its own. A session ends with
// its token, unless the client SENDs a newer one to /app/token in time.
import { createServer } from 'node:http';
import { createStompServer, StompError } from '@hostcast/stomp';
import { jwtVerify, SignJWT } from 'jose';

const secret = new TextEncoder().encode(process.env.SECRET ?? 'an example only: 32 octets at least');

/** The user that a token is for. What is wrong with one is told to nobody: the client reads `Login failed`. */
async function userOf(token) {
  const { payload } = await jwtVerify(token, secret, {
    algorithms: ['HS256'],
    requiredClaims: ['sub', 'exp'],
  }).catch((cause) => {
    throw new StompError('Login failed', { reason: 'unauthorized', cause });
  });
  return { name: payload.sub, roles: payload.roles ?? [], expiresAtMs: payload.exp * 1_000 };
}

const stomp = createStompServer({
  authenticate({ headers }) {
    const [scheme, token] = (headers.get('Authorization') ?? '').split(' ');
    if (scheme !== 'Bearer') throw new StompError('a token is needed', { reason: 'unauthorized' });
    return userOf(token);
  },
  authorize({ session, command, destination }) {
    if (command === 'SEND') return destination === '/app/token' || session.user.roles.includes('editor');
    return destination.startsWith('/topic/news');
  },
});

// A token that is not valid ends the session, as every exception of a handler does.
stomp.handle('/app/token', async (message, session) => {
  const user = await userOf(message.text());
  if (user.name !== session.user.name) throw new StompError('the token is somebody else’s');
  session.extend(user.expiresAtMs);
});

const http = createServer(async (request, response) => {
  if (request.method !== 'POST' || request.url !== '/login') return response.writeHead(404).end();
  // Here the password would be checked.
  const token = await new SignJWT({ sub: 'kim', roles: ['editor'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('1h')
    .sign(secret);
  response.end(token);
});
stomp.attach(http);
http.listen(process.env.PORT ?? 8080, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${http.address().port}`);
});
