import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createGate } from '@hostcast/stomp';
import { describe, expect, test } from 'vitest';

const proxy = '10.0.0.1';
const behindProxy = createGate({ trustedProxies: ['10.0.0.0/8'], allowedHosts: [], allowedOrigins: [] });

/** A request as Node hands it over: header names in lower case. */
function request(peer: string, headers: Record<string, string>, isTls = false): IncomingMessage {
  const socket = isTls ? new TLSSocket(new Socket()) : new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  return Object.assign(new IncomingMessage(socket), { headers });
}

describe('the client’s address', () => {
  test.each([
    ['is the peer’s where nothing is forwarded', proxy, '', '10.0.0.1'],
    [
      'is the peer’s where that is no trusted proxy, whatever it says',
      '192.0.2.9',
      '198.51.100.1',
      '192.0.2.9',
    ],
    ['is what a trusted proxy says', proxy, '198.51.100.1', '198.51.100.1'],
    ['of a dual-stack socket too', '::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['is the rightmost stranger', proxy, '203.0.113.7, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['is not what a client wrote before its proxy', proxy, '127.0.0.1, 198.51.100.1', '198.51.100.1'],
    ['is the leftmost where all are trusted', proxy, '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['has no port', proxy, '198.51.100.1:4711', '198.51.100.1'],
    ['of version 6 has none either', proxy, '[2001:db8::1]:4711', '2001:db8::1'],
    ['of version 6', proxy, '2001:db8::1', '2001:db8::1'],
    ['is that of who wrote something else', proxy, '198.51.100.1, unknown', '10.0.0.1'],
    ['is no host name', proxy, 'evil.example', '10.0.0.1'],
    ['is nothing that breaks a line', proxy, '1.2.3.4"x', '10.0.0.1'],
    ['is that of the proxy before an empty entry', proxy, '198.51.100.1,,10.0.0.2', '10.0.0.2'],
  ])('%s', (_name, peer, forwarded, address) => {
    const headers = forwarded === '' ? {} : { 'x-forwarded-for': forwarded };
    expect(behindProxy.client(request(peer, headers)).address).toBe(address);
  });
});

describe('scheme and host', () => {
  test('are those that a trusted proxy tells', () => {
    const headers = { host: '10.0.0.5:4678', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'a.example' };
    expect(behindProxy.client(request(proxy, headers))).toMatchObject({
      protocol: 'https',
      host: 'a.example',
    });
    expect(behindProxy.client(request('192.0.2.9', headers))).toMatchObject({
      protocol: 'http',
      host: '10.0.0.5:4678',
    });
  });

  test('of several the nearest proxy’s holds', () => {
    const headers = {
      host: 'x',
      'x-forwarded-proto': 'http, https',
      'x-forwarded-host': 'evil.example, a.example',
    };
    expect(behindProxy.client(request(proxy, headers))).toMatchObject({
      protocol: 'https',
      host: 'a.example',
    });
  });

  test.each(['ftp', '', 'https;x', 'HTTPS '])('the scheme %j is http or https', (proto) => {
    const { protocol } = behindProxy.client(request(proxy, { 'x-forwarded-proto': proto }));
    expect(protocol).toBe(proto === 'HTTPS ' ? 'https' : 'http');
  });

  test('is https on a TLS socket', () => {
    expect(behindProxy.client(request('192.0.2.9', {}, true)).protocol).toBe('https');
  });

  test.each([
    'a b',
    'a@b',
    'a/b',
    'a?b',
    'a#b',
    'a\\b',
    'a:b',
    'a:99999',
    "a';x",
    'a,b',
    '[::1',
    '::1',
    '%61',
    '',
  ])('the host %j is none', (host) => {
    expect(behindProxy.client(request('192.0.2.9', { host })).host).toBeUndefined();
    expect(behindProxy.allowsHost(request('192.0.2.9', { host }))).toBe(false);
  });
});

describe('a Host', () => {
  const gate = createGate({
    trustedProxies: [proxy],
    allowedHosts: ['Hosts.Example', 'other.example.'],
    allowedOrigins: [],
  });
  test.each([
    ['hosts.example', true],
    ['HOSTS.EXAMPLE:8080', true],
    ['hosts.example.', true],
    ['other.example', true],
    ['sub.hosts.example', false],
    ['hosts.example.evil.example', false],
    ['localhost:1', true],
    ['localhost.evil.example', false],
    ['127.0.0.1', true],
    ['127.0.0.1.evil.example', false],
    ['[2001:db8::1]:80', true],
    ['evil.example', false],
  ])('%s: %j', (host, isAllowed) => {
    expect(gate.allowsHost(request('192.0.2.9', { host }))).toBe(isAllowed);
  });

  test('that a stranger says was forwarded does not count', () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'hosts.example' };
    expect(gate.allowsHost(request('192.0.2.9', headers))).toBe(false);
    expect(gate.allowsHost(request(proxy, headers))).toBe(true);
  });
});

describe('an Origin', () => {
  const gate = createGate({
    trustedProxies: [proxy],
    allowedHosts: ['*'],
    allowedOrigins: ['https://App.example/'],
  });
  test.each([
    ['http://a.example', 'a.example', true],
    ['http://A.Example', 'a.EXAMPLE', true],
    ['http://a.example:80', 'a.example', true],
    ['http://a.example', 'a.example:80', true],
    ['https://a.example', 'a.example:443', true],
    ['https://a.example', 'a.example', true], // a proxy that ends TLS
    ['http://a.example:8080', 'a.example:8080', true],
    ['http://a.example:8080', 'a.example', false],
    ['http://a.example', 'a.example:8080', false],
    ['http://[::1]:4678', '[::1]:4678', true],
    ['http://[0:0:0:0:0:0:0:1]:4678', '[::1]:4678', true],
    ['http://[::2]:4678', '[::1]:4678', false],
    ['http://127.0.0.1:4678', 'localhost:4678', false],
    ['https://app.example', 'a.example', true],
    ['HTTPS://APP.EXAMPLE', 'a.example', true],
    ['http://app.example', 'a.example', false],
    ['null', 'a.example', false],
    ['', 'a.example', false],
    ['a.example', 'a.example', false],
    ['//a.example', 'a.example', false],
    ['http://a.example@evil.example', 'a.example', false],
    ['http://evil.example@a.example', 'a.example', false],
    ['http://a.example/', 'a.example', false],
    ['http://a.example#', 'a.example', false],
    ['http://a.example\\@evil.example', 'a.example', false],
    ['http://a.example.evil.example', 'a.example', false],
    ['http://evil.example, http://a.example', 'a.example', false],
    ['http://a.example, http://a.example', 'a.example', false],
    ['http://a.example http://evil.example', 'a.example', false],
    ['ftp://a.example', 'a.example', false],
    ['file://', 'a.example', false],
    ['chrome-extension://a.example', 'a.example', false],
  ])('%j at %j: %j', (origin, host, isAllowed) => {
    expect(gate.allowsOrigin(request('192.0.2.9', { origin, host }))).toBe(isAllowed);
  });

  test('of a page without TLS may not come to a server with TLS', () => {
    const headers = { origin: 'http://a.example', host: 'a.example' };
    expect(gate.allowsOrigin(request('192.0.2.9', headers, true))).toBe(false);
    expect(gate.allowsOrigin(request(proxy, { ...headers, 'x-forwarded-proto': 'https' }))).toBe(false);
    expect(gate.allowsOrigin(request('192.0.2.9', { ...headers, 'x-forwarded-proto': 'https' }))).toBe(true);
  });

  test('that is not there is no browser’s', () => {
    expect(gate.allowsOrigin(request('192.0.2.9', { host: 'a.example' }))).toBe(true);
  });

  test('is compared with the host that the browser called, which the proxy tells', () => {
    const headers = { origin: 'https://a.example', host: '127.0.0.1:4678', 'x-forwarded-host': 'a.example' };
    expect(gate.allowsOrigin(request(proxy, headers))).toBe(true);
    expect(gate.allowsOrigin(request('192.0.2.9', headers))).toBe(false);
  });
});
