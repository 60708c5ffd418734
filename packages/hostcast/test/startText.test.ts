import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { readConfig } from '../src/config/readConfig.ts';
import { startText } from '../src/startText.ts';
import { telegrafSnippet } from '../src/telegrafSnippet.ts';

function textFor(args: string[], stompPort?: number): string {
  return startText(readConfig(args, {}, 'npm start --'), { port: 4678, stompPort });
}

it('says where to look, what Telegraf needs, and how to open hostcast to others', () => {
  const text = textFor([]);
  expect(text).toContain('http://127.0.0.1:4678\n');
  expect(text).toContain('[[inputs.net]]');
  expect(text).toContain('flush_interval = "1s"');
  expect(text).toContain('urls = ["http://127.0.0.1:4678"]');
  expect(text).toContain('npm start -- --host 0.0.0.0 --auth none');
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
    '  npm start -- --data /d --port 5000 --host 0.0.0.0 --auth none\n',
  );
});

it('shows the same telegraf.conf as the README', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(`\n${telegrafSnippet('http://your-hostcast:4678')}\n`);
});

it('names the address of plain STOMP where that is on', () => {
  expect(textFor([])).not.toContain('STOMP');
  expect(textFor([], 61613)).toContain('\n  STOMP     127.0.0.1:61613 (plain, over TCP)\n\nTo see');
});
