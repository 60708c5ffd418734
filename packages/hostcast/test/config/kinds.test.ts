import { describe, expect, it } from 'vitest';
import {
  duration,
  hostName,
  InvalidValue,
  list,
  network,
  number,
  origin,
  size,
  text,
} from '../../src/config/kinds.ts';

describe('what a setting can hold', () => {
  it.each([
    [duration('1s', '2d', '10s'), '1500ms', 1_500],
    [duration('1s', '2d', '10s'), '36h', 129_600_000],
    [size('1KiB', '1GiB', '16MiB'), '1024B', 1_024],
    [size('1KiB', '1GiB', '16MiB'), '1GiB', 1_073_741_824],
    [number(1, 10), '10', 10],
    [hostName, 'Status.Example.org', 'status.example.org'],
    [hostName, '*', '*'],
    [origin, 'https://Status.example.org:8443/', 'https://status.example.org:8443'],
    [origin, 'https://*.Example.org', 'https://*.example.org'],
    [origin, 'http://status-*.example.org:[*]', 'http://status-*.example.org:[*]'],
    [origin, 'https://[::1]:8443', 'https://[::1]:8443'],
    [network, '10.0.0.0/8', '10.0.0.0/8'],
    [network, 'fe80::1', 'fe80::1'],
    [network, '::ffff:10.0.0.0/104', '::ffff:10.0.0.0/104'],
    [list(network), ' ::1/128 ,127.0.0.1,', ['::1/128', '127.0.0.1']],
  ])('%# takes %s', (kind, given, value) => {
    expect(kind.read(given)).toEqual(value);
  });

  it.each([
    [duration('1s', '2d', '10s'), '999ms'],
    [duration('1s', '2d', '10s'), '49h'],
    [duration('1s', '2d', '10s'), '10'],
    [duration('1s', '2d', '10s'), '1constructor'],
    [size('1KiB', '1GiB', '16MiB'), '1025MiB'],
    [size('1KiB', '1GiB', '16MiB'), '16mib'],
    [number(1, 10), '0'],
    [number(1, 10), '11'],
    [number(1, 10), '1e1'],
    [hostName, 'https://x'],
    [hostName, 'x:80'],
    [origin, 'status.example.org'],
    [origin, 'https://x/path'],
    [origin, 'https://*.x/*'],
    [origin, 'https://x:*'],
    [origin, 'https://[*]'],
    [origin, '*://x'],
    [origin, 'null'],
    [network, '10.0.0.0/33'],
    [network, '::/129'],
    [network, '10.0.0/8'],
    [network, '::ffff:10.0.0.0/8'],
    [network, '::ffff:10.0.0.0/95'],
    [network, 'localhost'],
    [text('name'), 'a\u001b[31m'],
    [text('name'), 'x'.repeat(4_097)],
    [list(number(1, 2)), '1,3'],
    [list(number(0, 1)), '1,'.repeat(1_001)],
  ])('%# refuses %s', (kind, given) => {
    expect(() => kind.read(given)).toThrow(InvalidValue);
  });

  it.each([
    [duration('1s', '2d', '10s'), '90s'],
    [duration('1s', '2d', '10s'), '2d'],
    [size('1KiB', '1GiB', '16MiB'), '1536KiB'],
  ])('%# shows %s as it was written', (kind, given) => {
    expect(kind.show(kind.read(given))).toBe(given);
  });

  it('is told with what was given, short and without control characters', () => {
    expect(() => number(1, 2).read(`\u001b${'9'.repeat(100)}`)).toThrow(
      `it is a number from 1 to 2, not "\\u001b${'9'.repeat(59)}…"`,
    );
  });
});
