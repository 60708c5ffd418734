/** What the diagnosis says. Ages and lengths of time come as texts. */
export interface Words {
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
  readonly queryTime: (took: string, ticks: number) => string;
  readonly failures: (count: number) => string;

  readonly hostClocks: string;
  readonly skewed: (hosts: string, more: number) => string;
  readonly skewHint: string;

  readonly proxies: string;
  readonly proxiesHint: string;
  readonly ownLines: string;
  readonly copy: string;
  readonly copied: string;
}

const english: Words = {
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
  queryTime: (took, ticks) => `${took} a round on average, ${ticks === 1 ? '1 round' : `${ticks} rounds`}`,
  failures: (count) => (count === 1 ? '1 failed.' : `${count} failed.`),

  hostClocks: 'Hosts’ clocks',
  skewed: (hosts, more) => (more > 0 ? `${hosts} and ${more} more` : hosts),
  skewHint: 'Set them by NTP: their data stands at the wrong time.',

  proxies: 'Behind a reverse proxy',
  proxiesHint: 'What it needs to hand on the WebSocket:',
  ownLines: 'And in hostcast.toml, that hostcast knows its name and whom to believe:',
  copy: 'Copy',
  copied: 'Copied',
};

const korean: Words = {
  title: '연결',
  again: '다시 확인',
  checking: '확인하는 중…',
  ok: '정상',
  warn: '살펴볼 것',
  bad: '실패',
  unknown: '알 수 없음',

  http: 'HTTP',
  answersIn: (ms) => `${ms} ms 만에 응답`,
  noAnswer: '응답 없음',
  offlineHint: '이 기기가 오프라인입니다.',
  serverHint: '이 주소에서 hostcast가 실행되고 있지 않거나, 중간의 무언가가 멈춰 있습니다.',
  proxyAnswers: (status) => `hostcast가 아닌 무언가가 ${status}(으)로 응답`,
  proxyHint:
    '중간의 프록시가 hostcast에 닿지 못합니다. hostcast가 실행 중인지, 프록시에 적힌 주소가 맞는지 확인하세요.',

  login: '로그인',
  noLogin: '로그인이 필요 없음',
  signedIn: (name, role) => `${name}, ${role}`,
  signedOut: '로그인되어 있지 않음',

  upgrade: 'WebSocket',
  upgraded: '열림',
  notUpgraded: '통과하지 못함',
  upgradeHint: '중간의 프록시가 Upgrade와 Host 헤더를 그대로 전달하지 않습니다. 아래를 보세요.',

  connect: 'STOMP',
  connected: (version, session) => `버전 ${version}, 세션 ${session}`,
  notConnected: '세션 없음',
  connectHint: '페이지가 스스로 다시 연결합니다.',

  heartbeat: '하트비트',
  heard: (every, age) => `${every}마다, 마지막 수신 ${age} 전`,
  heardNone: '쓰지 않음',

  roundTrip: '왕복 시간',
  messages: (took, count) => `${took}, 메시지 ${count}개`,
  skipped: (count) => `이 페이지가 느려서 ${count}개를 건너뛰고 가장 새로운 것을 받았습니다.`,

  clock: '시계',
  agrees: '서버 시계와 같음',
  ahead: (by) => `이 기기가 서버보다 ${by} 빠름`,
  behind: (by) => `이 기기가 서버보다 ${by} 느림`,
  clockHint: '차트와 경과 시간은 서버 시계를 따르므로 그래도 맞습니다.',

  data: '스냅샷',
  snapshot: (age, interval) => `가장 새로운 것이 ${age} 전, ${interval}마다 하나`,
  noSnapshot: '아직 없음',
  sourceHint: 'hostcast가 저장소에 물어볼 수 없습니다. hostcast를 거쳐 쓰는 데이터는 계속 들어옵니다.',

  queries: '질의',
  queryTime: (took, ticks) => `한 번에 평균 ${took}, ${ticks}번`,
  failures: (count) => `${count}번 실패했습니다.`,

  hostClocks: '호스트 시계',
  skewed: (hosts, more) => (more > 0 ? `${hosts} 외 ${more}대` : hosts),
  skewHint: 'NTP로 맞추세요. 이 호스트들의 데이터는 틀린 시각에 놓입니다.',

  proxies: '리버스 프록시를 쓸 때',
  proxiesHint: 'WebSocket을 전달하려면 프록시에 필요한 설정입니다.',
  ownLines: 'hostcast.toml에는 hostcast의 이름과 믿을 프록시를 적습니다.',
  copy: '복사',
  copied: '복사됨',
};

export const words = { en: english, ko: korean };
