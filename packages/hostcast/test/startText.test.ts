import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config/readConfig.ts';
import { type Started, startText } from '../src/startText.ts';
import { telegrafSnippet } from '../src/telegrafSnippet.ts';

function textFor(args: string[], { stompPort, firstAdmin }: Partial<Started> = {}): string {
  return startText(readConfig(args, {}, 'npm start --'), { port: 4678, stompPort, firstAdmin });
}

it('says where to look, what Telegraf needs, and how to open hostcast to others', () => {
  const text = textFor([]);
  expect(text).toContain('http://127.0.0.1:4678\n');
  expect(text).toContain('[[inputs.net]]');
  expect(text).toContain('flush_interval = "1s"');
  expect(text).toContain('urls = ["http://127.0.0.1:4678"]');
  expect(text).toContain('and everybody on it can, without login');
  expect(text).toContain('\n  npm start -- --host 0.0.0.0 --auth users\n');
});

it('never shows a command that opens hostcast to others without login', () => {
  const text = textFor(['--auth', 'none', '--port', '5000']);
  expect(text).toContain('\n  npm start -- --port 5000 --host 0.0.0.0 --auth users\n');
  expect(text).not.toContain('--auth none');
});

it('gives other hosts an address that they can reach once it is open', () => {
  const text = textFor(['--host', '0.0.0.0', '--auth', 'none']);
  expect(text).toContain(`urls = ["http://${hostname()}:4678"]`);
  expect(text).toContain('there is no login');
  expect(textFor(['--host', '192.0.2.2', '--auth', 'none'])).toContain('urls = ["http://192.0.2.2:4678"]');
});

it('shows no Telegraf configuration where figures come from InfluxDB', () => {
  const text = textFor(['--influx-url', 'http://127.0.0.1:8086', '--influx-db', 'telegraf']);
  expect(text).toContain('InfluxDB at http://127.0.0.1:8086, database telegraf');
  expect(text).not.toContain('telegraf.conf');
});

it('keeps the flags that hostcast was started with in the command that opens it', () => {
  expect(textFor(['--data', '/d', '--port', '5000'])).toContain(
    '  npm start -- --data /d --port 5000 --host 0.0.0.0 --auth users\n',
  );
});

it('shows the same telegraf.conf as the README', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`\n${telegrafSnippet('http://your-hostcast:4678')}\n`);
});

it('names the address of plain STOMP where that is on', () => {
  expect(textFor([])).not.toContain('STOMP');
  expect(textFor([], { stompPort: 61613 })).toContain(
    '\n  STOMP     127.0.0.1:61613 (plain, over TCP)\n\nTo see',
  );
});

describe('where people have to sign in', () => {
  it('says as whom, and the password once', () => {
    const text = textFor(['--auth', 'users', '--data', '/d'], {
      firstAdmin: { name: 'admin', password: 'k7m2p-k7m2p-k7m2p-k7m2p' },
    });
    expect(text).toContain('  Sign in   as admin with the password k7m2p-k7m2p-k7m2p-k7m2p\n');
    expect(text).toContain('Another one: npm start -- user passwd admin --data /d\n');
    expect(text).toContain('Only this machine can reach hostcast, by users and tokens.');
  });

  it('says where the password is when nobody looked', () => {
    const firstAdmin = { name: 'admin', file: '/d/admin-password' };
    expect(textFor(['--host', '0.0.0.0'], { firstAdmin })).toContain(
      '  Sign in   as admin; the password is in /d/admin-password, which only you can read\n',
    );
  });

  it('says how to add a user where there are some', () => {
    expect(textFor(['--auth', 'users', '--data', '/d'])).toContain(
      'a user more: npm start -- user add <name> --data /d\n',
    );
  });

  it('shows how to make a token for Telegraf, and where it goes', () => {
    const text = textFor(['--host', '192.0.2.2', '--data', '/d']);
    expect(text).toContain('\n  npm start -- token create --name telegraf-web-1 --right ingest --data /d\n');
    expect(text).toContain('    token = "<the token>"\n');
    expect(text).toContain('it lets in users and tokens, and nobody else');
    expect(text).toContain('put a proxy with TLS before it');
  });
});
