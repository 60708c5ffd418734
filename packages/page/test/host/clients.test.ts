import { expect, test } from 'vitest';
import { clientsOf } from '../../src/host/clients.ts';

function codeOf(origin: string): Map<string, string> {
  const clients = clientsOf(origin, '/topic/hosts.web-1', '/api/hosts/web-1');
  return new Map(clients.map(({ language, code }) => [language, code]));
}

test('programs connect to where the page came from', () => {
  const code = codeOf('http://[::1]:4678');
  expect(code.get('JavaScript')).toContain("brokerURL: 'ws://[::1]:4678/ws'");
  expect(code.get('Java (Spring 6)')).toContain('connectAsync("ws://[::1]:4678/ws"');
  expect(code.get('Python')).toContain("stomp.WSConnection([('::1', 4678)], ws_path='/ws')");
  expect(code.get('curl')).toContain('curl http://[::1]:4678/api/hosts/web-1 ');
});

test('the program in Java is whole, and takes more than the 8 KiB that Tomcat would', () => {
  const code = codeOf('http://127.0.0.1:4678').get('Java (Spring 6)') ?? '';
  const names = ['ContainerProvider', 'Type', 'StandardCharsets', 'WebSocketHttpHeaders'];
  for (const name of names) expect(code).toMatch(new RegExp(`^import [\\w.]+\\.${name};`, 'm'));
  expect(code).toContain('setDefaultMaxTextMessageBufferSize(1 << 20)');
});

test('programs connect by TLS to where the page came by https', () => {
  const code = codeOf('https://hostcast.example');
  expect(code.get('JavaScript')).toContain("'wss://hostcast.example/ws'");
  expect(code.get('Python')).toContain("connection.set_ssl([('hostcast.example', 443)])");
});
