/** A program that prints what comes, and what it is written in. */
export interface Client {
  readonly language: string;
  readonly code: string;
}

/** Programs that subscribe to a destination of the hostcast at an origin such as `https://hostcast.example`. */
export function clientsOf(origin: string, destination: string, snapshotPath: string): Client[] {
  const url = new URL('/ws', origin);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return [
    { language: 'JavaScript', code: javaScript(url, destination) },
    { language: 'Java (Spring 6)', code: java(url, destination) },
    { language: 'Python', code: python(url, destination) },
    { language: 'curl', code: `curl ${origin}${snapshotPath}  # -H 'Authorization: Bearer <token>'` },
  ];
}

function javaScript(url: URL, destination: string): string {
  return `import { Client } from '@stomp/stompjs';

// Node before 22 needs the WebSocket of ws as globalThis.WebSocket.
const client = new Client({
  brokerURL: '${url}',
  // connectHeaders: { Authorization: 'Bearer <token>' },
  onConnect() {
    client.subscribe('${destination}', ({ body }) => {
      console.log(JSON.parse(body));
    });
  },
});
client.activate();`;
}

function java(url: URL, destination: string): string {
  return `import jakarta.websocket.ContainerProvider;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import org.springframework.messaging.simp.stomp.*;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.messaging.WebSocketStompClient;

class Printer extends StompSessionHandlerAdapter {
    public static void main(String[] args) throws Exception {
        var container = ContainerProvider.getWebSocketContainer();
        container.setDefaultMaxTextMessageBufferSize(1 << 20);
        var client = new WebSocketStompClient(new StandardWebSocketClient(container));
        client.setInboundMessageSizeLimit(1 << 20);
        var login = new StompHeaders(); // login.add("Authorization", "Bearer <token>");
        client.connectAsync("${url}", new WebSocketHttpHeaders(), login, new Printer());
        Thread.sleep(Long.MAX_VALUE);
    }
    @Override public void afterConnected(StompSession session, StompHeaders headers) {
        session.subscribe("${destination}", this);
    }
    @Override public Type getPayloadType(StompHeaders headers) {
        return byte[].class;
    }
    @Override public void handleFrame(StompHeaders headers, Object payload) {
        System.out.println(new String((byte[]) payload, StandardCharsets.UTF_8));
    }
}`;
}

function python(url: URL, destination: string): string {
  const port = url.port || (url.protocol === 'wss:' ? '443' : '80');
  const address = `[('${url.hostname.replace(/^\[|\]$/g, '')}', ${port})]`;
  const tls = url.protocol === 'wss:' ? `connection.set_ssl(${address})\n` : '';
  return `import json, time, stomp  # pip install stomp.py websocket-client

class Printer(stomp.ConnectionListener):
    def on_message(self, frame):
        print(json.loads(frame.body))

connection = stomp.WSConnection(${address}, ws_path='${url.pathname}')
${tls}connection.set_listener('', Printer())
connection.connect(wait=True)  # headers={'Authorization': 'Bearer <token>'}
connection.subscribe('${destination}', id='1')
while True:
    time.sleep(60)`;
}
