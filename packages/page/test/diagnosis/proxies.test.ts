import { expect, test } from 'vitest';
import { proxiesFor } from '../../src/diagnosis/proxies.ts';

test.each(['nginx', 'Caddy', 'Traefik'])('%s is told the port at which the page was reached', (name) => {
  const lines = (port: string) =>
    proxiesFor('hostcast.example.org', port).find((each) => each.name === name)?.lines;
  expect(lines('4790')).toContain('127.0.0.1:4790');
  expect(lines('4790')).not.toContain('4678');
  // Where a proxy stands before it, at a port that goes without saying, it is at its usual one.
  expect(lines('')).toContain('127.0.0.1:4678');
});
