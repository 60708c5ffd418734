// The usual Spring Boot application, line by line: docs/spring.md stands beside it.
import { createServer } from 'node:http';
import { type ChannelInterceptor, createStompServer } from '@hostcast/stomp';

// class StompHandler implements ChannelInterceptor
const stompHandler: ChannelInterceptor = {
  preSend: (message) => message,
  postSend({ command, session }) {
    switch (command) {
      case 'CONNECT':
        console.log('connect', session?.id);
        break;
      case 'DISCONNECT':
        console.log('disconnect', session?.id);
        break;
      default:
    }
  },
  afterSendCompletion() {},
  preReceive: () => true,
  postReceive: (message) => message,
  afterReceiveCompletion() {},
};

// class WebSocketConfig implements WebSocketMessageBrokerConfigurer
const stomp = createStompServer({
  path: '/ws', // registry.addEndpoint("/ws")
  allowedOrigins: ['*'], // .setAllowedOriginPatterns("*")
  destinations: { '/topic/hosts': { retain: true } }, // not in Spring: who subscribes does not wait 10 s
});
stomp.clientInboundChannel.use(stompHandler); // registration.interceptors(stompHandler)

// class MetricsPublisher
const json = { 'content-type': 'application/json' };
const publish = () => {
  // template.convertAndSend("/topic/hosts", snapshot())
  stomp.publish('/topic/hosts', JSON.stringify(snapshot()), json);
};
function snapshot() {
  return { time: Date.now(), memory: process.memoryUsage().rss };
}
publish();
setInterval(publish, 10_000); // @Scheduled(fixedRate = 10_000)

// SpringApplication.run(Application.class, args)
const http = createServer();
stomp.attach(http);
http.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = http.address();
  console.log(typeof address === 'object' ? `ws://127.0.0.1:${address?.port}/ws` : address);
});
