import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressSet, networkOf, plainAddress } from '../src/addresses.ts';

describe('a set of addresses', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.0.2', false],
    ['127.0.0.1', '::ffff:127.0.0.1', true],
    ['::ffff:127.0.0.1', '127.0.0.1', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['fd00::/8', 'fd12::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['::1', '::1', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['2001:DB8::/32', '2001:db8::5', true],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['::ffff:10.0.0.0/104', '11.0.0.0', false],
    ['fe80::1%eth0', 'fe80::1', true],
    ['10.0.0.0/8', 'unknown', false],
    ['10.0.0.0/8', '', false],
  ])('%s has %s: %j', (entry, address, has) => {
    expect(addressSet([entry], 'trustedProxies').has(address)).toBe(has);
  });

  test.each([
    'proxy.example',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0',
    '::ffff:10.0.0.0/8',
    '',
  ])('cannot have %j', (entry) => {
    expect(() => addressSet([entry], 'trustedProxies')).toThrow(TypeError);
    expect(() => addressSet([entry], 'trustedProxies')).toThrow(/option trustedProxies has addresses/);
  });

  test('says what to write instead of an IPv4 network that is half an IPv6 one', () => {
    expect(() => addressSet(['::ffff:10.0.0.0/8'], 'trustedProxies')).toThrow(
      'option trustedProxies has addresses such as 10.0.0.1 and networks such as 10.0.0.0/8, not "::ffff:10.0.0.0/8": write 10.0.0.0/8',
    );
  });
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1'],
  ['2001:DB8::1', '2001:db8:0:0'],
  ['2001:db8:0:1::', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['', ''],
])('limits count %s as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('all addresses of a /64 are counted as one, however they are written', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const plain = plainAddress(address);
      if (plain !== address) return;
      const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
      expect(networkOf(canonical)).toBe(networkOf(address));
    }),
  );
});
