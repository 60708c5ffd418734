import { countText, siTimeWords, type TimeWords } from '../format.ts';
import { type DiagnosisTexts, english as diagnosis } from './diagnosisEn.ts';

/** Every text of the page but those of the parts that are loaded when they are opened, which bring their own. */
export interface Texts {
  readonly times: TimeWords;
  readonly appName: string;
  readonly skipToContent: string;
  readonly mainNavigation: string;
  readonly fleet: string;
  readonly connections: string;
  readonly notFound: string;
  readonly notFoundHint: string;
  readonly backToFleet: string;

  readonly find: string;
  readonly settings: string;
  readonly language: string;
  readonly colours: string;
  readonly bySystem: string;
  readonly light: string;
  readonly dark: string;
  readonly timeZone: string;
  readonly localZone: (zone: string) => string;
  readonly clock: string;
  readonly hours24: string;
  readonly hours12: string;
  readonly bytes: string;
  readonly bits: string;
  readonly keyboard: string;
  readonly notLoaded: string;
  readonly reload: string;
  readonly copy: string;
  readonly copied: string;

  readonly signIn: string;
  readonly signingIn: string;
  readonly signOut: string;
  readonly userName: string;
  readonly password: string;
  readonly capsLock: string;
  readonly signedOut: string;
  readonly loginExpired: string;
  readonly loginEnded: (words: string) => string;
  readonly wrongPassword: string;
  readonly tooManyAttempts: string;
  readonly waitSeconds: (seconds: number) => string;
  readonly unreachable: string;
  readonly loginFailed: (reason: string) => string;
  readonly notSignedOut: (reason: string) => string;
  readonly accountOf: (name: string) => string;
  readonly roleViewer: string;
  readonly roleOperator: string;
  readonly roleAdmin: string;
  readonly someHosts: string;
  readonly forbidden: string;
  readonly forbiddenHint: string;
  readonly kicked: (reason: string) => string;
  readonly reconnect: string;
  readonly ended: string;

  readonly connecting: string;
  readonly offline: string;
  readonly live: string;
  readonly stale: string;
  readonly catchingUp: string;
  readonly diagnose: string;
  readonly diagnosis: DiagnosisTexts;
  readonly noDataYet: string;
  readonly retry: string;
  readonly close: string;
  readonly reconnecting: string;
  readonly retryIn: (seconds: number) => string;
  /** What the server says, where that is known. */
  readonly said: (words: string) => string;
  readonly paused: string;
  readonly past: string;
  readonly every: (interval: string) => string;
  readonly old: (age: string) => string;

  readonly stateLive: string;
  readonly stateDelayed: string;
  readonly stateStale: string;
  readonly stateGone: string;
  readonly stateUnknown: string;
  readonly countOf: (count: number, state: string) => string;
  /** Of `count` hosts, or of all (0). */
  readonly statesUnknown: (count: number, reason: string) => string;

  readonly critical: string;
  readonly high: string;

  readonly state: string;
  readonly host: string;
  readonly cpu: string;
  readonly memory: string;
  readonly swap: string;
  readonly disk: string;
  readonly fullestDisk: string;
  readonly load: string;
  readonly netIn: string;
  readonly netOut: string;
  readonly diskRead: string;
  readonly diskWrite: string;
  readonly diskIo: string;
  readonly network: string;
  readonly uptime: string;
  readonly age: string;
  readonly tags: string;

  readonly options: string;
  readonly filter: string;
  readonly filterHint: string;
  readonly noneMatch: (filter: string) => string;
  readonly clearFilter: string;
  readonly sortBy: string;
  readonly diskBusy: string;
  readonly filterByTag: string;
  readonly groupBy: string;
  readonly noGroups: string;
  readonly turnOrder: string;
  readonly columns: string;
  readonly columnsThatFit: string;
  readonly save: string;
  readonly sparkHint: string;
  readonly meanOfShown: string;
  readonly sumOfShown: string;
  readonly noneMatchAll: string;
  readonly removeTag: (tag: string) => string;
  readonly withoutTag: (key: string) => string;
  readonly hosts: (count: number) => string;
  readonly shownOf: (shown: number, all: number) => string;

  readonly fleetUnknown: (reason: string) => string;
  readonly emptyTitle: string;
  readonly emptyHint: string;
  readonly firstData: string;
  readonly showFleet: string;
  readonly nothingToSee: string;
  readonly nothingToSeeHint: string;
  readonly addHost: string;

  readonly loadingHost: string;
  readonly loadingHistory: string;
  readonly unknownHost: (host: string) => string;
  readonly unknownHostHint: string;
  readonly historyFailed: (reason: string, isLive: boolean) => string;
  readonly previousHost: string;
  readonly nextHost: string;
  readonly up: (time: string) => string;
  readonly cores: (count: number) => string;
  readonly memoryOf: (size: string) => string;
  readonly ofCores: (count: number) => string;
  readonly usedOf: (used: string, total: string) => string;
  readonly none: string;
  readonly busy: string;
  readonly read: string;
  readonly written: string;
  readonly received: string;
  readonly sent: string;
  readonly processes: string;
  readonly running: string;
  readonly ofProcesses: (count: number) => string;
  readonly blocked: (count: number) => string;
  readonly lastSeen: (age: string) => string;
  readonly noDataSince: (time: string, age: string) => string;
  readonly noDataBetween: (from: string, to: string, age: string) => string;
  readonly restarted: string;
  readonly clockOff: (by: string, isAhead: boolean) => string;
  readonly showLastData: string;
  readonly overview: string;
  readonly range: string;
  readonly minutes: (count: number) => string;
  readonly hours: (count: number) => string;
  readonly days: (count: number) => string;
  readonly customRange: string;
  readonly from: string;
  readonly to: string;
  readonly show: string;
  readonly rangeBackwards: string;
  readonly rangeTooLong: string;
  readonly raw: string;
  readonly time: string;
  readonly asTable: string;
  readonly nothingThen: string;
  readonly pause: string;
  readonly pauseKey: string;
  readonly backToLive: string;
  readonly backToLiveKeys: string;
  readonly charts: string;
  readonly missingTitle: string;
  readonly missingHint: string;
  readonly byTag: (tag: string) => string;
  readonly seriesLeftOut: (count: number) => string;
  readonly notDrawn: (what: string) => string;
  readonly fieldsLeftOut: (count: number, measurement: string) => string;
  readonly groupsLeftOut: (count: number, measurement: string) => string;
  readonly perSecond: string;
  readonly unitBytes: string;
  readonly unitBytesPerSecond: string;
  readonly unitBitsPerSecond: string;
  /** Titles and labels of the metric catalogue, by what they are in English; left out where they stay as they are. */
  readonly catalogue: Readonly<Record<string, string>>;
  readonly highest: string;
  readonly mean: string;
  readonly lowest: string;
}

export const english: Texts = {
  times: siTimeWords,
  appName: 'hostcast',
  skipToContent: 'Skip to content',
  mainNavigation: 'Main',
  fleet: 'Fleet',
  connections: 'Connections',
  notFound: 'There is no such page.',
  notFoundHint: 'The address may be mistyped, or what it showed has moved.',
  backToFleet: 'Back to the fleet',

  find: 'Find a host or page',
  settings: 'Settings',
  language: 'Language',
  colours: 'Colours',
  bySystem: 'System',
  light: 'Light',
  dark: 'Dark',
  timeZone: 'Time zone',
  localZone: (zone) => `This machine’s: ${zone}`,
  clock: 'Clock',
  hours24: '24 h',
  hours12: '12 h',
  bytes: 'Bytes/s',
  bits: 'Bits/s',
  keyboard: 'Keyboard shortcuts',
  notLoaded: 'This part of the page could not be loaded.',
  reload: 'Load the page again',
  copy: 'Copy',
  copied: 'Copied',

  signIn: 'Sign in',
  signingIn: 'Signing in…',
  signOut: 'Sign out',
  userName: 'Name',
  password: 'Password',
  capsLock: 'Caps Lock is on',
  signedOut: 'You have signed out.',
  loginExpired: 'Your login has expired. Sign in again to go on.',
  loginEnded: (words) => `You are not signed in any more: ${words}.`,
  wrongPassword: 'Wrong name or password.',
  tooManyAttempts: 'Too many attempts. Wait a moment, then try again.',
  waitSeconds: (seconds) => `Wait ${seconds} s`,
  unreachable: 'hostcast cannot be reached. Check that it runs and that you are online, then try again.',
  loginFailed: (reason) => `That did not work: ${reason}.`,
  notSignedOut: (reason) => `You are still signed in. ${reason}`,
  accountOf: (name) => `Account of ${name}`,
  roleViewer: 'Viewer',
  roleOperator: 'Operator',
  roleAdmin: 'Admin',
  someHosts: 'some hosts',
  forbidden: 'You may not see this.',
  forbiddenHint: 'It is outside of what your account may see. Ask an admin if you need it.',
  kicked: (reason) => `You were disconnected: ${reason}. What is shown here stands still.`,
  reconnect: 'Reconnect',
  ended: 'disconnected',

  connecting: 'connecting…',
  offline: 'offline',
  live: 'live',
  stale: 'stale',
  catchingUp: 'catching up…',
  diagnose: 'Connection: what works and what does not',
  diagnosis,
  noDataYet: 'no data yet',
  retry: 'Retry',
  close: 'Close',
  reconnecting: 'reconnecting',
  retryIn: (seconds) => `retry in ${seconds} s`,
  said: (words) => words,
  paused: 'paused',
  past: 'past',
  every: (interval) => `every ${interval}`,
  old: (age) => `${age} old`,

  stateLive: 'live',
  stateDelayed: 'delayed',
  stateStale: 'stale',
  stateGone: 'gone',
  stateUnknown: 'state not known now',
  countOf: (count, state) => `${countText(count)} ${state}`,
  statesUnknown: (count, reason) =>
    `${count === 0 ? 'states' : countText(count)} not known now${reason === '' ? '' : `: ${reason}`}`,

  critical: 'critical',
  high: 'high',

  state: 'State',
  host: 'Host',
  cpu: 'CPU',
  memory: 'Memory',
  swap: 'Swap',
  disk: 'Disk',
  fullestDisk: 'Fullest disk',
  load: 'Load',
  netIn: 'Net in',
  netOut: 'Net out',
  diskRead: 'Disk read',
  diskWrite: 'Disk write',
  diskIo: 'Disk I/O',
  network: 'Network',
  uptime: 'Uptime',
  age: 'Age',
  tags: 'Tags',

  options: 'Options',
  filter: 'Filter hosts',
  filterHint: 'Filter by host or tag',
  noneMatch: (filter) => `No host matches “${filter}”.`,
  clearFilter: 'Clear the filter',
  sortBy: 'Sort by',
  diskBusy: 'Disk busy',
  filterByTag: 'Filter by tag',
  groupBy: 'Group by',
  noGroups: 'nothing',
  turnOrder: 'From the highest',
  columns: 'Columns',
  columnsThatFit: 'As many as fit',
  save: 'Save',
  sparkHint: 'The line shows the last 15 minutes',
  meanOfShown: 'Mean of the hosts shown that report',
  sumOfShown: 'Sum of the hosts shown that report',
  noneMatchAll: 'No host matches all that is chosen.',
  removeTag: (tag) => `No longer filter by ${tag}`,
  withoutTag: (key) => `without ${key}`,
  hosts: (count) => (count === 1 ? '1 host' : `${countText(count)} hosts`),
  shownOf: (shown, all) => `${countText(shown)} of ${countText(all)} shown`,

  fleetUnknown: (reason) => `Which hosts report is not known now: ${reason}`,
  emptyTitle: 'No host has reported yet',
  emptyHint: 'A host appears here with its first data; nothing needs to be reloaded.',
  firstData: 'The first data has arrived',
  showFleet: 'Show the fleet',
  nothingToSee: 'No host that you may see has reported yet',
  nothingToSeeHint:
    'A host appears here with its first data. If you miss one, ask an admin whether your account may see it.',
  addHost: 'Add a host',

  loadingHost: 'Waiting for this host’s data…',
  loadingHistory: 'Fetching history…',
  unknownHost: (host) => `No host named ${host} has reported.`,
  unknownHostHint: 'It appears here as soon as it does.',
  historyFailed: (reason, isLive) =>
    `History could not be fetched: ${reason}. ${isLive ? 'Live data goes on. ' : ''}Trying again every few seconds.`,
  previousHost: 'Previous host',
  nextHost: 'Next host',
  up: (time) => `up ${time}`,
  cores: (count) => (count === 1 ? '1 core' : `${count} cores`),
  memoryOf: (size) => `${size} memory`,
  ofCores: (count) => (count === 1 ? 'on 1 core' : `on ${count} cores`),
  usedOf: (used, total) => `${used} of ${total}`,
  none: 'none',
  busy: 'busy',
  read: 'read',
  written: 'write',
  received: 'in',
  sent: 'out',
  processes: 'Processes',
  running: 'running',
  ofProcesses: (count) => `of ${countText(count)}`,
  blocked: (count) => `${countText(count)} blocked`,
  lastSeen: (age) => `last seen ${age} ago`,
  noDataSince: (time, age) => `No data since ${time} (${age}).`,
  noDataBetween: (from, to, age) => `No data ${from} – ${to} (${age}).`,
  restarted: 'restarted',
  clockOff: (by, isAhead) =>
    `This host’s clock is ${by} ${isAhead ? 'ahead' : 'behind'}, and its charts go by it. Set it by NTP.`,
  showLastData: 'Show the last data',
  overview: 'Overview',
  range: 'Range',
  minutes: (count) => `${count} min`,
  hours: (count) => `${count} h`,
  days: (count) => `${count} d`,
  customRange: 'From – to',
  from: 'From',
  to: 'To',
  show: 'Show',
  rangeBackwards: 'The end has to be later than the beginning.',
  rangeTooLong: 'At most 400 days can be shown at once.',
  raw: 'Raw',
  time: 'Time',
  asTable: 'As a table',
  nothingThen: 'Nothing of this host is known from this time.',
  pause: 'Pause',
  pauseKey: 'Lets the charts stand still (space)',
  backToLive: 'Back to live',
  backToLiveKeys: 'Space, Escape, or a double click on a chart',
  charts: 'Charts',
  missingTitle: 'Not reported by this host',
  missingHint: 'Add the input to this host’s telegraf.conf to see it here.',
  byTag: (tag) => `by ${tag}`,
  seriesLeftOut: (count) => `${countText(count)} more not drawn`,
  notDrawn: (what) => `Not drawn, because there are so many: ${what}.`,
  fieldsLeftOut: (count, measurement) =>
    count === 1 ? `1 more field of ${measurement}` : `${countText(count)} more fields of ${measurement}`,
  groupsLeftOut: (count, measurement) => `${countText(count)} more series of ${measurement}`,
  perSecond: 'per second',
  unitBytes: 'bytes',
  unitBytesPerSecond: 'bytes/s',
  unitBitsPerSecond: 'bit/s',
  catalogue: {},
  highest: 'highest',
  mean: 'mean',
  lowest: 'lowest',
};
