/** What the diagnosis says. Ages and lengths of time come as texts. */
export interface DiagnosisTexts {
  readonly title: string;
  readonly again: string;
  readonly checking: string;
  readonly ok: string;
  readonly warn: string;
  readonly bad: string;
  readonly unknown: string;

  readonly http: string;
  readonly answersIn: (ms: number) => string;
  readonly noAnswer: string;
  readonly offlineHint: string;
  readonly serverHint: string;
  readonly proxyAnswers: (status: number) => string;
  readonly proxyHint: string;

  readonly login: string;
  readonly noLogin: string;
  readonly signedIn: (name: string, role: string) => string;
  readonly signedOut: string;

  readonly upgrade: string;
  readonly upgraded: string;
  readonly notUpgraded: string;
  readonly upgradeHint: string;

  readonly connect: string;
  readonly connected: (version: string, session: string) => string;
  readonly notConnected: string;
  readonly connectHint: string;

  readonly heartbeat: string;
  readonly heard: (every: string, age: string) => string;
  readonly heardNone: string;

  readonly roundTrip: string;
  readonly messages: (took: string, count: number) => string;
  readonly skipped: (count: number) => string;

  readonly clock: string;
  readonly agrees: string;
  readonly ahead: (by: string) => string;
  readonly behind: (by: string) => string;
  readonly clockHint: string;

  readonly data: string;
  readonly snapshot: (age: string, interval: string) => string;
  readonly noSnapshot: string;
  readonly sourceHint: string;

  readonly queries: string;
  readonly queryTime: (last: string, mean: string, ticks: number) => string;
  readonly failures: (count: number) => string;

  readonly hostClocks: string;
  readonly skewed: (hosts: string, more: number) => string;
  readonly skewHint: string;

  readonly proxies: string;
  readonly proxiesHint: string;
  readonly ownLines: string;
}

export const english: DiagnosisTexts = {
  title: 'Connection',
  again: 'Check again',
  checking: 'checking…',
  ok: 'well',
  warn: 'to look at',
  bad: 'failed',
  unknown: 'not known',

  http: 'HTTP',
  answersIn: (ms) => `answers in ${ms} ms`,
  noAnswer: 'no answer',
  offlineHint: 'This device is offline.',
  serverHint: 'hostcast does not run at this address, or something between here and there is down.',
  proxyAnswers: (status) => `something answers ${status}, but not hostcast`,
  proxyHint: 'The proxy on the way does not reach hostcast: see that it runs, and the address in the proxy.',

  login: 'Login',
  noLogin: 'nobody has to sign in',
  signedIn: (name, role) => `${name}, ${role}`,
  signedOut: 'not signed in',

  upgrade: 'WebSocket',
  upgraded: 'open',
  notUpgraded: 'not let through',
  upgradeHint: 'A proxy on the way does not hand on the headers Upgrade and Host as they came: see below.',

  connect: 'STOMP',
  connected: (version, session) => `version ${version}, session ${session}`,
  notConnected: 'no session',
  connectHint: 'The page connects again by itself.',

  heartbeat: 'Heart-beat',
  heard: (every, age) => `every ${every}, heard ${age} ago`,
  heardNone: 'none agreed upon',

  roundTrip: 'Round trip',
  messages: (took, count) => `${took}, ${count === 1 ? '1 message' : `${count} messages`}`,
  skipped: (count) => `${count} left out, because this page was slow: it got the newest instead.`,

  clock: 'Clock',
  agrees: 'agrees with the server’s',
  ahead: (by) => `this device is ${by} ahead of the server`,
  behind: (by) => `this device is ${by} behind the server`,
  clockHint: 'Charts and ages go by the server’s clock, so they are right all the same.',

  data: 'Snapshots',
  snapshot: (age, interval) => `the newest is ${age} old, one every ${interval}`,
  noSnapshot: 'none yet',
  sourceHint: 'hostcast cannot ask its store. What is written through hostcast goes on.',

  queries: 'Queries',
  queryTime: (last, mean, ticks) => `the last round took ${last}, ${mean} on average of ${ticks}`,
  failures: (count) => (count === 1 ? '1 failed.' : `${count} failed.`),

  hostClocks: 'Hosts’ clocks',
  skewed: (hosts, more) => (more > 0 ? `${hosts} and ${more} more` : hosts),
  skewHint: 'Set them by NTP: their data stands at the wrong time.',

  proxies: 'Behind a reverse proxy',
  proxiesHint: 'What it needs to hand on the WebSocket:',
  ownLines: 'And in hostcast.toml, that hostcast knows its name and whom to believe:',
};
