import type { JwtAlgorithm } from './config.ts';
import {
  choice,
  duration,
  fieldPattern,
  hostName,
  list,
  network,
  number,
  origin,
  path,
  secret,
  size,
  text,
  truth,
  url,
} from './kinds.ts';
import { type AnySetting, optional, secretSetting, setting } from './setting.ts';
import { storeSettings } from './store.ts';

const largest = 100_000_000;

const general = {
  config: optional('config', path('file'), 'file with settings', {
    initialText: 'hostcast.toml in the working folder, where there is one',
    isOutsideFile: true,
  }),
  host: setting('host', text('address'), '127.0.0.1', 'address to listen on', {
    more: '`0.0.0.0` or `::` for all addresses of this machine.',
  }),
  port: setting('port', number(0, 65_535), 4678, 'port to listen on; 0 chooses a free one'),
  stompPort: optional('stomp-port', number(0, 65_535), 'also speak plain STOMP over TCP on this port', {
    initialText: 'off',
    example: '61613',
  }),
  data: setting('data', path('folder'), 'data', 'where the embedded store keeps its data', {
    more: 'The accounts are kept there as well.',
  }),
  interval: setting(
    'interval',
    duration('1s', '5m', '10s'),
    10_000,
    'how often to measure and to publish, 1s to 5m',
  ),
  auth: optional(
    'auth',
    choice('mode', ['none', 'users']),
    'none lets everybody in; users asks for a login or a token',
    {
      example: 'none',

      initialText: 'none on loopback addresses without trusted proxies, else users',
    },
  ),
  collect: optional('collect', truth, 'measure this host', {
    initialText: 'without an InfluxDB',
    example: 'false',
  }),
  logLevel: setting(
    'log-level',
    choice('level', ['debug', 'info', 'warn', 'error']),
    'info',
    'least important line to log: debug, info, warn, error',
  ),
};

const influx = {
  influxUrl: optional(
    'influx.url',
    url(
      'http://127.0.0.1:8086',
      'give the user by influx.user and the password by HOSTCAST_INFLUX_PASSWORD instead',
    ),
    'read from an InfluxDB, for example http://127.0.0.1:8086',
    { initialText: 'off, the embedded store is used', example: 'http://127.0.0.1:8086' },
  ),
  influxDb: optional(
    'influx.db',
    text('name'),
    'its database; left out, the databases are listed, and that is all',
    { example: 'telegraf' },
  ),
  influxRp: optional('influx.rp', text('name'), 'its retention policy; left out, the default one', {
    example: 'autogen',
  }),
  influxUser: optional('influx.user', text('name'), 'its user', { example: 'hostcast' }),
  influxPassword: secretSetting('influx.password', secret, "the user's password"),
  influxPasswordFile: optional('influx.password-file', path('file'), "file with the user's password", {
    example: '/etc/hostcast/influx-password',
  }),
  influxToken: secretSetting('influx.token', secret, 'its token'),
  influxTokenFile: optional('influx.token-file', path('file'), 'file with its token', {
    example: '/etc/hostcast/influx-token',
  }),
  influxVersion: setting(
    'influx.version',
    choice('version', ['auto', '1', '2', '3']),
    'auto',
    'which InfluxDB it is: 1, 2, 3; auto: what its /ping says',
    { more: 'Name it where a proxy hides the header `X-Influxdb-Version`.' },
  ),
  influxBuffer: setting(
    'influx.buffer',
    truth,
    true,
    'keep what is written to hostcast in the data folder until InfluxDB has taken it',
    {
      more:
        'Without it a write is acknowledged when InfluxDB has taken it, and nothing is taken while InfluxDB is ' +
        'away: for where there is no disk. What Telegraf writes to InfluxDB itself is not concerned.',
    },
  ),
  influxBufferSize: setting(
    'influx.buffer-size',
    size('16MiB', '1024GiB', '1GiB'),
    1_073_741_824,
    'how much may wait for InfluxDB, compressed; more is refused, and Telegraf keeps it',
  ),
};

const networkSettings = {
  networkAllowedHosts: setting(
    'network.allowed-hosts',
    list(hostName),
    [],
    'names by which browsers may call hostcast, without port; * for all',
    {
      example: 'hostcast.example.org',
      more:
        'IP addresses, `localhost` and the own host name always pass. A name that a stranger has pointed at ' +
        'this machine does not, which is what stops DNS rebinding.',
    },
  ),
  networkAllowedOrigins: setting(
    'network.allowed-origins',
    list(origin),
    [],
    'origins of other pages that may connect, such as https://status.example.org; * for all',
    {
      example: 'https://status.example.org',
      more:
        'The page that hostcast serves itself needs no entry. `https://*.example.org` stands for all pages below ' +
        'that name, and `:[*]` at the end for any port.',
    },
  ),
  networkTrustedProxies: setting(
    'network.trusted-proxies',
    list(network),
    [],
    'addresses and networks of proxies whose X-Forwarded headers are believed',
    { example: '127.0.0.1,10.0.0.0/8', more: 'List only what nobody else can send from.' },
  ),
  networkCompression: setting(
    'network.compression',
    truth,
    false,
    'compress what viewers are sent, where their browser can read that: about a third of the octets',
    {
      more:
        'Each snapshot of 1 KiB to 512 KiB is compressed once for all its viewers. Viewers who may see only ' +
        'some hosts get their fleet as it is.',
    },
  ),
};

const login = {
  loginTokenLifetime: setting(
    'login.token-lifetime',
    duration('10s', '24h', '1h'),
    3_600_000,
    'how long a login lasts without being refreshed',
    { more: 'The page refreshes by itself. Shorter means that a stolen token is worth less.' },
  ),
  loginSessionLifetime: setting(
    'login.session-lifetime',
    duration('1m', '365d', '30d'),
    2_592_000_000,
    'how long after the password was given a login can be refreshed',
  ),
  loginSecureCookie: setting(
    'login.secure-cookie',
    choice('when', ['auto', 'always', 'never']),
    'auto',
    "whether the page's cookie is for https only; auto: where the request came by https",
  ),
};

const algorithms = ['HS256', 'RS256', 'ES256', 'EdDSA'] as const satisfies readonly JwtAlgorithm[];

const jwt = {
  jwtAlgorithms: optional(
    'jwt.algorithms',
    list(choice('algorithm', algorithms)),
    'what tokens may be signed by: HS256, RS256, ES256, EdDSA',
    {
      initialText: 'HS256 with a secret; to be named with keys',
      example: 'RS256',
      more: 'HS256 goes with `jwt.secret` alone, the others with keys.',
    },
  ),
  jwtSecret: secretSetting(
    'jwt.secret',
    secret,
    'secret that the issuer signs with (HS256), 32 octets or more',
  ),
  jwtSecretFile: optional(
    'jwt.secret-file',
    path('file'),
    'file with the secret that the issuer signs with',
    {
      example: '/etc/hostcast/jwt-secret',
    },
  ),
  jwtJwksUrl: optional(
    'jwt.jwks-url',
    url('https://id.example.org/jwks.json', 'it has no user and no password in it'),
    "address of the issuer's public keys (JWKS), https",
    { example: 'https://id.example.org/jwks.json' },
  ),
  jwtJwksFile: optional('jwt.jwks-file', path('file'), "file with the issuer's public keys (JWKS)", {
    example: '/etc/hostcast/jwks.json',
  }),
  jwtIssuer: optional('jwt.issuer', text('text'), 'what the claim iss has to be', {
    example: 'https://id.example.org',
  }),
  jwtAudience: optional('jwt.audience', text('text'), 'what the claim aud has to be, or to hold', {
    example: 'hostcast',
  }),
  jwtNameClaim: setting('jwt.name-claim', text('claim'), 'sub', 'claim with the name of the user'),
  jwtRoleClaim: setting(
    'jwt.role-claim',
    text('claim'),
    'role',
    'claim with the role: viewer, operator, admin',
    {
      more: 'A dot leads into an object: `realm_access.roles`.',
    },
  ),
  jwtHostsClaim: setting(
    'jwt.hosts-claim',
    text('claim'),
    'hostcast_hosts',
    'claim with the hosts that may be seen, a list of names with *; without it, all',
  ),
  jwtTagsClaim: setting(
    'jwt.tags-claim',
    text('claim'),
    'hostcast_tags',
    'claim with tags that hosts have to carry, an object; without it, all',
  ),
  jwtClockTolerance: setting(
    'jwt.clock-tolerance',
    duration('0s', '5m', '30s'),
    30_000,
    "how far the issuer's clock may be off",
  ),
  jwtTokenSize: setting(
    'jwt.token-size',
    size('256B', '64KiB', '8KiB'),
    8_192,
    'largest token that is looked at',
  ),
};

const limits = {
  limitsSessions: setting('limits.sessions', number(1, 1_000_000), 20_000, 'viewers at the same time', {
    more: 'A viewer is a STOMP session: an open page, or a program that subscribes.',
  }),
  limitsSessionsPerAddress: setting(
    'limits.sessions-per-address',
    number(1, 1_000_000),
    1_000,
    'viewers from one address',
  ),
  limitsSessionsPerUser: setting(
    'limits.sessions-per-user',
    number(1, 1_000_000),
    100,
    'viewers with the login of one user',
  ),
  limitsHttpConnections: setting(
    'limits.http-connections',
    number(10, 1_000_000),
    25_000,
    "connections of all kinds to the port, the viewers' included",
  ),
  limitsLoginsPerMinute: setting(
    'limits.logins-per-minute',
    number(1, 10_000),
    10,
    'attempts to log in, per address and name',
  ),
  limitsHandshakesPerMinute: setting(
    'limits.handshakes-per-minute',
    number(1, 1_000_000),
    600,
    'WebSocket handshakes, per address',
  ),
  limitsBody: setting('limits.body', size('1KiB', '1GiB', '32MiB'), 33_554_432, 'one write, decompressed'),
  limitsCompressed: setting(
    'limits.compressed',
    size('1KiB', '1GiB', '16MiB'),
    16_777_216,
    'one write, as sent with gzip',
  ),
  limitsLine: setting('limits.line', size('1KiB', '16MiB', '1MiB'), 1_048_576, 'one line of a write'),
  limitsTags: setting('limits.tags', number(1, 10_000), 64, 'tags of one point'),
  limitsFields: setting('limits.fields', number(1, 100_000), 1_024, 'fields of one point'),
  limitsHosts: setting('limits.hosts', number(1, 1_000_000), 10_000, 'hosts that are stored'),
  limitsSeries: setting(
    'limits.series',
    number(1, largest),
    1_000_000,
    'series that are stored, of all hosts',
  ),
  limitsSeriesPerHost: setting('limits.series-per-host', number(1, largest), 20_000, 'series of one host'),
};

const metrics = {
  metricsCounters: setting(
    'metrics.counters',
    list(fieldPattern),
    [],
    'fields that only ever grow, of which the increase per second is shown',
    { example: 'myapp.requests,myapp.*_total' },
  ),
  metricsGauges: setting(
    'metrics.gauges',
    list(fieldPattern),
    [],
    'fields that are shown as they are, although they look like counters',
    {
      example: 'myapp.open_total',
      more: 'Where both name a field, the pattern that fixes more characters counts; of equals, the gauge.',
    },
  ),
};

/** All that can be set, by names for programs, in the order of the documents. */
export const settings = {
  ...general,
  ...influx,
  ...storeSettings,
  ...networkSettings,
  ...login,
  ...jwt,
  ...limits,
  ...metrics,
};

/** The same as a list. */
export const allSettings: readonly AnySetting[] = Object.values(settings);

export interface Section {
  /** As in `[influx]`; '' of what stands before all sections. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

/** The sections in the order of the documents. */
export const sections: readonly Section[] = [
  { name: '', title: 'General', text: '' },
  {
    name: 'influx',
    title: 'InfluxDB',
    text: 'Figures are read from an InfluxDB 1.x, 2.x or 3.x, and what Telegraf sends is handed on to it.',
  },
  {
    name: 'store',
    title: 'Embedded store',
    text: 'How long figures are kept in the data folder. Nothing here touches an InfluxDB. What that takes on the disk is told in operations.md.',
  },
  {
    name: 'network',
    title: 'Network',
    text: 'Which browsers and proxies are trusted, and whether viewers get less to read.',
  },
  { name: 'login', title: 'Login', text: 'How long people stay logged in.' },
  {
    name: 'jwt',
    title: 'Tokens of another issuer',
    text: 'JSON Web Tokens that something else has signed, such as a company login, are taken where one of jwt.secret, jwt.jwks-url and jwt.jwks-file is given.',
  },
  {
    name: 'limits',
    title: 'Limits',
    text: 'What is above a limit is refused with the reason, and nothing else is lost. Sizes are octets, in B, KiB, MiB, GiB.',
  },
  {
    name: 'metrics',
    title: 'Metrics',
    text: 'What the fields of measurements are that hostcast does not draw by itself. Of well-known Telegraf plugins it knows that, of others it guesses by the name. Patterns are `measurement.field`, with `*` for any characters.',
  },
];
