import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/readConfig.ts';
import { allSettings } from '../../src/config/schema.ts';
import { environmentName } from '../../src/config/setting.ts';
import { UserError } from '../../src/config/userError.ts';
import { makeFolder } from '../support/hostcastProcess.ts';

interface Said {
  readonly file?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
}

/** Reads a configuration in a folder of its own, where `file` is hostcast.toml. */
function read({ file, environment = {}, args = [] }: Said, folder = makeFolder()): Config {
  if (file !== undefined) writeFileSync(join(folder, 'hostcast.toml'), file);
  return readConfig(args, environment, 'hostcast', folder);
}

function refusal(said: Said, folder?: string): string {
  try {
    read(said, folder);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error('nothing was refused');
}

describe('the three sources', () => {
  it('rise from the file over the environment to the flags', () => {
    const file = 'port = 1\ninterval = "1s"\nlog-level = "debug"';
    const environment = { HOSTCAST_PORT: '2', HOSTCAST_INTERVAL: '2s' };
    expect(read({ file, environment, args: ['--port', '3'] })).toMatchObject({
      port: 3,
      intervalMs: 2_000,
      logLevel: 'debug',
    });
  });

  it('replace a list of a lower one as a whole', () => {
    const file = '[network]\nallowed-hosts = ["One.example", "two.example"]';
    expect(read({ file }).network.allowedHosts).toEqual(['one.example', 'two.example']);
    const environment = { HOSTCAST_NETWORK_ALLOWED_HOSTS: 'three.example, four.example' };
    expect(read({ file, environment }).network.allowedHosts).toEqual(['three.example', 'four.example']);
    const args = ['--network-allowed-hosts', 'five.example', '--network-allowed-hosts=six.example'];
    expect(read({ file, environment, args }).network.allowedHosts).toEqual(['five.example', 'six.example']);
  });

  it('say what fields are', () => {
    const file = '[metrics]\ncounters = ["nginx.requests", "myapp.*_total"]';
    const environment = { HOSTCAST_METRICS_GAUGES: 'myapp.open_total' };
    expect(read({ file, environment }).metrics).toEqual({
      counters: ['nginx.requests', 'myapp.*_total'],
      gauges: ['myapp.open_total'],
    });
    expect(read({}).metrics).toEqual({ counters: [], gauges: [] });
  });

  it('say no and yes to the collector', () => {
    expect(read({ file: 'collect = false' }).collect).toBe(false);
    expect(read({ file: 'collect = false', environment: { HOSTCAST_COLLECT: 'true' } }).collect).toBe(true);
    expect(read({ environment: { HOSTCAST_COLLECT: 'true' }, args: ['--no-collect'] }).collect).toBe(false);
  });

  it('are all told of at once, the file first and in its order', () => {
    const file = 'prot = 1\n\n[limits]\nbody = "64GiB"\nsessions = "many"\nsession = 1';
    expect(
      refusal({ file, environment: { HOSTCAST_INTERVALL: '1s' }, args: ['--port', 'x', '--dta', '/d'] }),
    ).toBe(
      [
        'hostcast.toml:1:1: prot: there is no such setting; did you mean port?',
        'hostcast.toml:4:1: limits.body: it is a size from 1KiB to 1GiB, such as 32MiB, not "64GiB"',
        'hostcast.toml:5:1: limits.sessions: it is a whole number, without quotes',
        'hostcast.toml:6:1: limits.session: there is no such setting; did you mean limits.sessions?',
        'HOSTCAST_INTERVALL: there is no such setting; did you mean HOSTCAST_INTERVAL?',
        "unknown option '--dta'",
        '(Did you mean --data?)',
        '--port: it is a number from 0 to 65535, not "x"',
        'See --help for all options.',
      ].join('\n'),
    );
  });
});

describe('every setting', () => {
  const values = allSettings.filter(({ isSecret, isOutsideFile }) => !isSecret && !isOutsideFile);

  it.each(values.map((setting) => environmentName(setting)))('%s is read', (name) => {
    expect(refusal({ environment: { [name]: '\u0000' } })).toContain(`${name}: it is `);
  });
});

describe('hostcast.toml', () => {
  it('is read where the flag or the variable names it, else in the working folder', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'other.toml'), 'port = 7');
    expect(read({ file: 'port = 6' }, folder).port).toBe(6);
    expect(read({ args: ['--config', 'other.toml'] }, folder).port).toBe(7);
    expect(read({ environment: { HOSTCAST_CONFIG: join(folder, 'other.toml') } }, folder).port).toBe(7);
    expect(refusal({ args: ['--config', 'none.toml'] }, folder)).toMatch(
      /^none\.toml cannot be read: ENOENT/,
    );
  });

  it('names paths from its own folder', () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'etc'));
    writeFileSync(join(folder, 'etc/h.toml'), 'data = "kept"');
    expect(read({ args: ['--config', 'etc/h.toml'] }, folder).dataFolder).toBe(join(folder, 'etc/kept'));
    expect(read({ args: ['--config', 'etc/h.toml', '--data', 'here'] }, folder).dataFolder).toBe(
      join(folder, 'here'),
    );
  });

  it.each([
    ['port = 80.5', 'hostcast.toml:1:1: port: it is a whole number, without quotes'],
    ['port = 70000', 'hostcast.toml:1:1: port: it is a number from 0 to 65535, not "70000"'],
    ['interval = 10', 'hostcast.toml:1:1: interval: it is a duration with its unit, in quotes: "10s"'],
    ['limits.body = 5', 'hostcast.toml:1:1: limits.body: it is a size with its unit, in quotes: "16MiB"'],
    ['collect = "no"', 'hostcast.toml:1:1: collect: it is true or false, without quotes'],
    ['host = [1]', 'hostcast.toml:1:1: host: it is a text, in quotes'],
    [
      '[network]\n  allowed-hosts = "a"',
      'hostcast.toml:2:3: network.allowed-hosts: it is a list of texts: ["…", "…"]',
    ],
    [
      'influx = "http://x"',
      'hostcast.toml:1:1: influx: it is a section: write [influx] on a line of its own',
    ],
    [
      '[influks]\nurl = "http://x"',
      'hostcast.toml:1:2: influks: there is no such section; did you mean [influx]?',
    ],
    ['[[limits]]\ntags = 1', 'hostcast.toml:1:3: limits: it is a section'],
    ['stomp_port = 1', 'hostcast.toml:1:1: stomp_port: there is no such setting; did you mean stomp-port?'],
    ['allowed-hosts = ["a"]', 'allowed-hosts: there is no such setting; did you mean network.allowed-hosts?'],
    ['[influx]\nport = 1', 'hostcast.toml:2:1: influx.port: there is no such setting; did you mean port?'],
    ['influx-url = "http://x"', 'influx-url: there is no such setting; did you mean influx.url?'],
    ['"influx.url" = "http://x"', 'influx.url: there is no such setting; did you mean influx.url?'],
    ['config = "x"', 'config: there is no such setting here: name the file by --config or HOSTCAST_CONFIG'],
    ['constructor = 1', 'hostcast.toml:1:1: constructor: there is no such setting'],
    ['[__proto__]\nport = 1', 'hostcast.toml:1:2: __proto__: there is no such section'],
    ['"\\u001b[31m" = 1', 'hostcast.toml: "\\u001b[31m": there is no such setting'],
    ['port = 1\nport = 2', /^hostcast\.toml:2:\d+: no TOML: /],
    ['port = ', /^hostcast\.toml:1:\d+: no TOML: /],
    ['[influx]\ndb = "x"', 'hostcast.toml:2:1: influx.db needs influx.url as well'],
    [
      '[metrics]\ncounters = ["requests"]',
      'hostcast.toml:2:1: metrics.counters: it is measurement.field, such as nginx.requests or myapp.*_total, not "requests"',
    ],
    [
      '[metrics]\ncounters = ["myapp."]',
      'hostcast.toml:2:1: metrics.counters: it is measurement.field, such as nginx.requests or myapp.*_total, not "myapp."',
    ],
    [
      '[metrics]\ngauges = ["net.bytes_recv"]',
      'hostcast.toml:2:1: metrics.gauges: it names a field of net, whose fields hostcast knows',
    ],
    [
      '[metrics]\ncounters = ["a.*", "b.c"]\ngauges = ["x.y", "b.c"]',
      'hostcast.toml:3:1: metrics.gauges: "b.c" is among metrics.counters as well',
    ],
  ])('is told of %j', (file, text) => {
    if (typeof text === 'string') expect(refusal({ file })).toContain(text);
    else expect(refusal({ file })).toMatch(text);
  });

  it('is refused where it is no text, or no file of a sensible size', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'hostcast.toml'), Buffer.from([0x61, 0xff]));
    expect(refusal({}, folder)).toBe('hostcast.toml: it is not UTF-8');
    expect(() => readConfig([], { HOSTCAST_CONFIG: '\0' }, 'hostcast', folder)).toThrow(
      /cannot be read: .*null bytes/,
    );
    writeFileSync(join(folder, 'hostcast.toml'), '#'.repeat(1_048_577));
    expect(refusal({}, folder)).toBe('hostcast.toml: it is larger than 1048576 octets');
    expect(refusal({ args: ['--config', '.'] }, folder)).toContain('EISDIR');
  });
});

describe('the environment', () => {
  it('is told of a variable that is near none', () => {
    expect(refusal({ environment: { HOSTCAST_XYZZY_PLUGH: '1' } })).toBe(
      'HOSTCAST_XYZZY_PLUGH: there is no such setting',
    );
  });

  it('may hold what the own scripts and Kubernetes put there, and what is empty', () => {
    const environment = {
      HOSTCAST_COMMAND: 'npm start --',
      HOSTCAST_PORT: 'tcp://10.0.0.7:4678',
      HOSTCAST_SERVICE_HOST: '10.0.0.7',
      HOSTCAST_SERVICE_PORT: '4678',
      HOSTCAST_SERVICE_PORT_HTTP: '4678',
      HOSTCAST_PORT_4678_TCP: 'tcp://10.0.0.7:4678',
      HOSTCAST_PORT_4678_TCP_ADDR: '10.0.0.7',
      HOSTCAST_INTERVAL: '',
      HOSTCASTLE: 'x',
    };
    expect(read({ environment })).toMatchObject({ port: 4678, intervalMs: 10_000 });
  });

  it('names what is wrong with a value by the variable', () => {
    expect(refusal({ environment: { HOSTCAST_PORT: 'http' } })).toBe(
      'HOSTCAST_PORT: it is a number from 0 to 65535, not "http"',
    );
    expect(refusal({ environment: { HOSTCAST_INFLUX_DB: 'x' } })).toBe(
      'HOSTCAST_INFLUX_DB needs HOSTCAST_INFLUX_URL as well',
    );
  });
});

describe('a secret', () => {
  const url = ['--influx-url', 'http://127.0.0.1:8086'];

  it.each(['influx.password', 'influx.token', 'jwt.secret'])(
    '%s is refused in the file, and not repeated',
    (key) => {
      const message = refusal({ file: `${key} = "hunter2"` });
      expect(message).toContain(`hostcast.toml:1:1: ${key}: a secret does not belong into this file`);
      expect(message).toContain(`HOSTCAST_${key.toUpperCase().replace('.', '_')}`);
      expect(message).toContain(`${key}-file`);
      expect(message).not.toContain('hunter2');
    },
  );

  it.each([['--influx-token', 'hunter2'], ['--influx-token=hunter2']])(
    'is refused as a flag: %s',
    (...args) => {
      const message = refusal({ args: [...url, ...args] });
      expect(message).toContain('--influx-token: a secret in a flag can be read by everybody');
      expect(message).toContain('HOSTCAST_INFLUX_TOKEN, or into a file that --influx-token-file names');
      expect(message).not.toContain('hunter2');
    },
  );

  it('is refused where a flag and a variable give it, and taken from the variable over the file', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'token'), 'of the file\n', { mode: 0o600 });
    const environment = { HOSTCAST_INFLUX_TOKEN: 'of the environment' };
    const twice = { environment, args: [...url, '--influx-token-file', 'token'] };
    expect(refusal(twice, folder)).toBe(
      '--influx-token-file and HOSTCAST_INFLUX_TOKEN: the secret is given twice',
    );
    const file = '[influx]\nurl = "http://x"\ntoken-file = "token"';
    expect(read({ file }, folder).influx?.token).toBe('of the file');
    expect(read({ file, environment }, folder).influx?.token).toBe('of the environment');
  });

  it('in a file that everybody can read is taken with a warning', () => {
    const folder = makeFolder();
    const file = join(folder, 'password');
    writeFileSync(file, 'pw', { mode: 0o600 });
    const args = [...url, '--influx-password-file', file];
    expect(read({ args })).toMatchObject({ influx: { password: 'pw' }, warnings: [] });
    chmodSync(file, 0o644);
    expect(read({ args }).warnings).toEqual([
      `${file} can be read by everybody on this machine: chmod o-r ${file}`,
    ]);
    writeFileSync(file, '\n');
    expect(refusal({ args })).toBe(`--influx-password-file ${file} cannot be read: it is empty`);
  });
});

describe('tokens of another issuer', () => {
  const secret = 'x'.repeat(32);

  it('are taken with a secret, by HS256', () => {
    expect(read({ environment: { HOSTCAST_JWT_SECRET: secret } }).jwt).toEqual({
      algorithms: ['HS256'],
      secret,
      nameClaim: 'sub',
      roleClaim: 'role',
      hostsClaim: 'hostcast_hosts',
      tagsClaim: 'hostcast_tags',
      clockToleranceMs: 30_000,
      tokenBytes: 8_192,
    });
  });

  it('are taken with public keys, by the algorithms that are named', () => {
    const file =
      '[jwt]\njwks-url = "https://id.example.org/keys"\nalgorithms = ["ES256", "EdDSA"]\naudience = "h"';
    expect(read({ file })).toMatchObject({
      jwt: { algorithms: ['ES256', 'EdDSA'], jwksUrl: 'https://id.example.org/keys', audience: 'h' },
      warnings: [],
    });
  });

  it('bring a warning where no audience is asked for', () => {
    const file = '[jwt]\njwks-file = "keys.json"\nalgorithms = ["RS256"]';
    expect(read({ file }).warnings).toEqual([
      'jwt.audience is not set: tokens that the issuer made for other programs are taken as well',
    ]);
  });

  it.each([
    ['[jwt]\nissuer = "x"', 'hostcast.toml:2:1: jwt.issuer needs a key as well'],
    ['[jwt]\njwks-url = "https://x"', 'hostcast.toml:2:1: jwt.jwks-url needs jwt.algorithms as well'],
    [
      '[jwt]\njwks-url = "https://x"\nalgorithms = ["HS256"]',
      'HS256 goes with a secret, not with public keys',
    ],
    [
      '[jwt]\njwks-url = "https://x"\nalgorithms = ["none"]',
      'it is HS256, RS256, ES256 or EdDSA, not "none"',
    ],
    ['[jwt]\njwks-url = "HTTP://x"\nalgorithms = ["RS256"]', 'it is an https address'],
    ['[jwt]\njwks-url = "https://x"\njwks-file = "y"', 'tokens are checked with one of them only'],
  ])('are refused of %j', (file, text) => {
    expect(refusal({ file })).toContain(text);
  });

  it('are refused with a secret that can be guessed, or another algorithm', () => {
    expect(refusal({ environment: { HOSTCAST_JWT_SECRET: 'x'.repeat(31) } })).toMatch(
      /^HOSTCAST_JWT_SECRET: a secret of fewer than 32 octets can be guessed/,
    );
    expect(refusal({ environment: { HOSTCAST_JWT_SECRET: secret, HOSTCAST_JWT_ALGORITHMS: 'RS256' } })).toBe(
      'HOSTCAST_JWT_ALGORITHMS: with a secret it is HS256 and nothing else',
    );
  });
});

it('a login lasts at least as long as its token', () => {
  expect(refusal({ args: ['--login-session-lifetime', '5m'] })).toBe(
    '--login-session-lifetime: a login has to be refreshable for at least as long as one token lasts',
  );
});
