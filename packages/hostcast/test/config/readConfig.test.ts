import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CommandLine } from '../../src/commandLine.ts';
import { isLoopback } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/readConfig.ts';
import { HelpShown, UserError } from '../../src/config/userError.ts';

function read(args: string[], environment: NodeJS.ProcessEnv = {}) {
  return readConfig(args, environment, 'npm start --');
}

function refusal(args: string[], environment: NodeJS.ProcessEnv = {}): string {
  try {
    read(args, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('nothing was refused');
}

describe('the command line', () => {
  it('needs nothing', () => {
    expect(read([])).toMatchObject({
      host: '127.0.0.1',
      port: 4678,
      dataFolder: resolve('data'),
      intervalMs: 10_000,
      collect: true,
      logLevel: 'info',
    });
  });

  it.each([
    ['1s', 1_000],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1500ms', 1_500],
  ])('takes an interval of %s', (text, intervalMs) => {
    expect(read(['--interval', text]).intervalMs).toBe(intervalMs);
  });

  it.each(['0s', '999ms', '301s', '6m', '10', 'ten', '-5s', ''])('refuses an interval of "%s"', (text) => {
    expect(refusal(['--interval', text])).toContain('a duration from 1s to 5m');
  });

  it.each(['-1', '65536', '80.5', 'http', ''])('refuses the port "%s"', (text) => {
    expect(refusal([`--port=${text}`])).toContain('a number from 0 to 65535');
  });

  it('takes a port for plain STOMP, which is off by itself', () => {
    expect(read([]).stompPort).toBeUndefined();
    expect(read(['--stomp-port', '61613']).stompPort).toBe(61_613);
    expect(refusal(['--stomp-port', 'stomp'])).toContain('a number from 0 to 65535');
  });

  it('names the nearest flag that there is', () => {
    expect(refusal(['--prot', '5000'])).toBe(
      "unknown option '--prot'\n(Did you mean --port?)\nSee --help for all options.",
    );
  });

  it('refuses words that belong to no flag', () => {
    expect(refusal(['5000'])).toContain('too many arguments');
  });
});

describe('an address that others can reach', () => {
  it('needs users unless the operator says that it does not', () => {
    expect(read(['--host', '0.0.0.0'])).toMatchObject({ host: '0.0.0.0', auth: 'users' });
    expect(read(['--host', '0.0.0.0', '--auth', 'none'])).toMatchObject({ host: '0.0.0.0', auth: 'none' });
    expect(read(['--host', '::'])).toMatchObject({ auth: 'users' });
  });

  it('needs no users on loopback, unless the operator says so', () => {
    expect(read([])).toMatchObject({ host: '127.0.0.1', auth: 'none' });
    expect(read(['--auth', 'users'])).toMatchObject({ host: '127.0.0.1', auth: 'users' });
  });

  it('needs users on loopback behind a proxy, through which others come', () => {
    const behind = ['--network-trusted-proxies', '127.0.0.1'];
    expect(read(behind)).toMatchObject({ host: '127.0.0.1', auth: 'users' });
    expect(read([...behind, '--auth', 'none'])).toMatchObject({ host: '127.0.0.1', auth: 'none' });
  });

  it.each(['127.0.0.1', '127.8.9.10', '::1', 'localhost'])('is not %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.168.1.4', '127.0.0.1.example.org', 'example.org'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('a command to repeat', () => {
  it.each([
    [['--data', '/d', '--port', '1'], { '--port': '2' }, 'hostcast --data /d --port 2'],
    [['--port=1', '--no-collect'], { '--port': '2' }, 'hostcast --no-collect --port 2'],
    [['--data', "/it's here"], { '--host': '::' }, `hostcast --data '/it'\\''s here' --host ::`],
  ])('keeps the other flags of %j', (args, changes, text) => {
    expect(new CommandLine('hostcast', args).with(changes)).toBe(text);
  });
});

describe('InfluxDB', () => {
  it('turns the collector off unless it is asked for', () => {
    expect(read(['--influx-url', 'http://127.0.0.1:8086']).collect).toBe(false);
    expect(read(['--influx-url', 'http://127.0.0.1:8086', '--collect']).collect).toBe(true);
  });

  it('is asked what it is, unless that is named', () => {
    const url = ['--influx-url', 'http://127.0.0.1:8086', '--no-influx-buffer'];
    expect(read([...url, '--influx-version', 'auto']).influx).toEqual({ url: 'http://127.0.0.1:8086' });
    expect(read([...url, '--influx-version', '3']).influx).toMatchObject({ generation: 3 });
    expect(refusal([...url, '--influx-version', '4'])).toContain('--influx-version');
  });

  it('takes its secrets from the environment or a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hostcast-config-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'token'), 's3cret\n');
    const url = ['--influx-url', 'http://127.0.0.1:8086/'];
    expect(read([...url, '--influx-token-file', join(folder, 'token')]).influx).toEqual({
      url: 'http://127.0.0.1:8086',
      token: 's3cret',
      bufferBytes: 1_073_741_824,
    });
    const environment = { HOSTCAST_INFLUX_PASSWORD: 'pw' };
    expect(read([...url, '--influx-user', 'kim', '--influx-db', 'telegraf'], environment).influx).toEqual({
      url: 'http://127.0.0.1:8086',
      database: 'telegraf',
      username: 'kim',
      password: 'pw',
      bufferBytes: 1_073_741_824,
    });
  });

  it('has a buffer of 1 GiB unless another size is given, or none is wanted', () => {
    const url = ['--influx-url', 'http://127.0.0.1:8086'];
    expect(read([...url, '--influx-buffer-size', '16MiB']).influx?.bufferBytes).toBe(16_777_216);
    expect(read([...url, '--no-influx-buffer']).influx).toEqual({ url: 'http://127.0.0.1:8086' });
  });

  it.each([
    [['--influx-url', 'ftp://x'], 'http or https'],
    [['--influx-url', 'http://kim:pw@127.0.0.1:8086'], 'HOSTCAST_INFLUX_PASSWORD'],
    [['--influx-db', 'telegraf'], '--influx-db needs --influx-url'],
    [['--influx-buffer-size', '1GiB'], '--influx-buffer-size needs --influx-url'],
    [['--influx-url', 'http://x', '--influx-buffer-size', '1MiB'], '16MiB'],
    [['--influx-url', 'http://x', '--influx-token-file', '/nowhere/token'], '/nowhere/token cannot be read'],
  ])('refuses %j', (args, text) => {
    expect(refusal(args)).toContain(text);
  });
});

it('shows help and does nothing else', () => {
  const written: string[] = [];
  const write = process.stdout.write;
  process.stdout.write = (text: string | Uint8Array) => {
    written.push(String(text));
    return true;
  };
  try {
    expect(() => read(['--help'])).toThrow(HelpShown);
  } finally {
    process.stdout.write = write;
  }
  expect(written.join('')).toContain('--influx-url <url>');
  expect(written.join('')).toContain('(default: 10s)');
});
