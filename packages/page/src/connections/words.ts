import type { EndReason, SessionEvent } from 'hostcast/sessions';
import { inLanguage } from '../texts/texts.ts';

/** Every text of this part. */
interface Words {
  readonly tabs: string;
  readonly waiting: string;
  readonly now: string;
  readonly log: string;
  readonly destinations: string;
  readonly cost: string;
  readonly viewers: (count: number) => string;
  readonly queriesPerSecond: (rate: string) => string;
  readonly messagesPerSecond: (rate: string) => string;
  readonly cpu: (percent: string) => string;
  readonly filter: string;
  readonly noneMatch: string;
  readonly nobody: string;
  readonly nothingYet: string;
  readonly noDestinations: string;
  readonly asOf: (time: string) => string;
  readonly shown: (shown: number, all: number) => string;
  readonly showAll: string;
  readonly usualOrder: string;
  readonly newestOf: (shown: number, all: number) => string;

  readonly user: string;
  readonly anonymous: string;
  readonly token: string;
  readonly writer: string;
  readonly thisPage: string;
  readonly address: string;
  readonly since: string;
  readonly heartbeat: string;
  readonly heartbeatHint: string;
  readonly noHeartbeat: string;
  readonly subscriptions: string;
  readonly subscriptionsOf: (who: string, count: number) => string;
  readonly messages: string;
  readonly queue: string;
  readonly conflated: string;
  readonly conflatedHint: (conflated: number, dropped: number) => string;
  readonly roundTrip: string;
  readonly session: string;
  readonly more: (count: number) => string;

  readonly kick: string;
  readonly kickLabel: (who: string) => string;
  readonly kickWho: (who: string) => string;
  readonly kickHint: string;
  readonly cancel: string;
  readonly kickFailed: (reason: string) => string;

  readonly event: string;
  readonly events: Readonly<Record<SessionEvent['event'], string>>;
  readonly what: string;
  readonly reasons: Readonly<Record<EndReason, string>>;
  /** What the server says, in the words of this language where they are others; `$1` as for `String.replace`. */
  readonly said: readonly (readonly [pattern: RegExp, instead: string])[];
  readonly by: (who: string) => string;
  readonly times: (count: number) => string;
  readonly lasted: string;
  readonly show: string;
  readonly all: string;
  readonly wrong: string;
  readonly older: string;
  readonly olderFailed: (reason: string) => string;

  readonly destination: string;
  readonly viewersColumn: string;
  readonly every: string;
  readonly onEvent: string;
  readonly published: string;
  readonly size: string;
  readonly rounds: (every: string) => string;
  readonly took: (last: string, p95: string) => string;
  readonly noRoundYet: string;
  readonly skipped: (skipped: number, failed: number) => string;
}

const english: Words = {
  tabs: 'Views of the connections',
  waiting: 'Asking who is connected…',
  now: 'Now',
  log: 'Log',
  destinations: 'Destinations',
  cost: 'What it costs',
  viewers: (count) => (count === 1 ? '1 viewer' : `${count} viewers`),
  queriesPerSecond: (rate) => `${rate} queries/s`,
  messagesPerSecond: (rate) => `${rate} messages/s`,
  cpu: (percent) => `${percent} of a core`,
  filter: 'Filter by user, address, destination',
  noneMatch: 'Nothing here matches.',
  nobody: 'Nobody is connected.',
  nothingYet: 'Nobody has come or gone since hostcast was started.',
  noDestinations: 'Nobody looks at anything.',
  asOf: (time) => `as of ${time}`,
  shown: (shown, all) => `${shown} of ${all} shown`,
  showAll: 'Show all',
  usualOrder: 'the usual order',
  newestOf: (shown, all) => `The newest ${shown} of ${all} are listed.`,

  user: 'User',
  anonymous: 'not signed in',
  token: 'token',
  writer: 'writes data',
  thisPage: 'this page',
  address: 'Address',
  since: 'Since',
  heartbeat: 'Heart-beats',
  heartbeatHint: 'At least how often the client sends something, and how often the server does',
  noHeartbeat: 'none',
  subscriptions: 'Subscribed',
  subscriptionsOf: (who, count) => `${count === 1 ? '1 subscription' : `${count} subscriptions`} of ${who}`,
  messages: 'Messages',
  queue: 'Queue',
  conflated: 'Skipped',
  conflatedHint: (conflated, dropped) =>
    `${conflated} replaced by newer ones (conflated), ${dropped} dropped, because the client reads slowly`,
  roundTrip: 'Round trip',
  session: 'Session',
  more: (count) => `and ${count} more`,

  kick: 'Kick',
  kickLabel: (who) => `Kick ${who}`,
  kickWho: (who) => `Kick ${who}?`,
  kickHint: 'The page there says so, and whoever sits there may connect again.',
  cancel: 'Cancel',
  kickFailed: (reason) => `The connection was not ended: ${reason}.`,

  event: 'Event',
  events: { connect: 'connected', disconnect: 'disconnected', refused: 'turned away' },
  what: 'Reason',
  reasons: {
    client: 'said goodbye (DISCONNECT)',
    socket: 'gone without DISCONNECT',
    heartbeat: 'no heart-beat',
    protocol: 'did not keep to the protocol',
    'auth-expired': 'login expired',
    unauthorized: 'login no longer valid',
    forbidden: 'asked for what it may not have',
    slow: 'read too slowly',
    kicked: 'kicked',
    shutdown: 'hostcast stopped',
  },
  said: [],
  by: (who) => `by ${who}`,
  times: (count) => `${count} times`,
  lasted: 'Lasted',
  show: 'Show',
  all: 'everything',
  wrong: 'what went wrong',
  older: 'Show older ones',
  olderFailed: (reason) => `Older ones could not be fetched: ${reason}.`,

  destination: 'Destination',
  viewersColumn: 'Viewers',
  every: 'Every',
  onEvent: 'when it happens',
  published: 'Published',
  size: 'Size',
  rounds: (every) => `One round of queries every ${every} for all of these, however many look`,
  took: (last, p95) => `the last took ${last}, 95${'\u202f'}% at most ${p95}`,
  noRoundYet: 'none yet',
  skipped: (skipped, failed) => `${skipped} left out, ${failed} failed`,
};

const korean: Words = {
  tabs: '연결 보기',
  waiting: '누가 연결되어 있는지 묻는 중…',
  now: '현재',
  log: '기록',
  destinations: '목적지',
  cost: '드는 비용',
  viewers: (count) => `보는 사람 ${count}명`,
  queriesPerSecond: (rate) => `질의 초당 ${rate}회`,
  messagesPerSecond: (rate) => `메시지 초당 ${rate}개`,
  cpu: (percent) => `코어 하나의 ${percent}`,
  filter: '사용자, 주소, 목적지로 거르기',
  noneMatch: '맞는 것이 없습니다.',
  nobody: '연결된 사람이 없습니다.',
  nothingYet: 'hostcast를 시작한 뒤로 들어오거나 나간 연결이 없습니다.',
  noDestinations: '아무도 보고 있지 않습니다.',
  asOf: (time) => `${time} 기준`,
  shown: (shown, all) => `${all}개 중 ${shown}개 표시`,
  showAll: '모두 보기',
  usualOrder: '기본 순서',
  newestOf: (shown, all) => `${all}개 가운데 최근 ${shown}개입니다.`,

  user: '사용자',
  anonymous: '로그인하지 않음',
  token: '토큰',
  writer: '데이터를 보냄',
  thisPage: '이 페이지',
  address: '주소',
  since: '접속 시각',
  heartbeat: '하트비트',
  heartbeatHint: '클라이언트와 서버가 각각 늦어도 이 간격으로 무언가를 보냅니다',
  noHeartbeat: '없음',
  subscriptions: '구독',
  subscriptionsOf: (who, count) => `${who}의 구독: ${count}`,
  messages: '메시지',
  queue: '대기열',
  conflated: '건너뜀',
  conflatedHint: (conflated, dropped) =>
    `클라이언트가 느리게 읽어서 ${conflated}개는 새 메시지로 바뀌었고 ${dropped}개는 버려졌습니다`,
  roundTrip: '왕복 시간',
  session: '세션',
  more: (count) => `그 밖에 ${count}개`,

  kick: '끊기',
  kickLabel: (who) => `${who} 연결 끊기`,
  kickWho: (who) => `${who} 연결을 끊을까요?`,
  kickHint: '연결이 바로 끊깁니다. 그쪽 페이지에 끊겼다고 표시되며, 다시 연결할 수 있습니다.',
  cancel: '취소',
  kickFailed: (reason) => `연결을 끊지 못했습니다: ${reason}.`,

  event: '구분',
  events: { connect: '연결됨', disconnect: '끊김', refused: '거절됨' },
  what: '이유',
  reasons: {
    client: '정상 종료(DISCONNECT)',
    socket: 'DISCONNECT 없이 사라짐',
    heartbeat: '하트비트 없음',
    protocol: '프로토콜을 지키지 않음',
    'auth-expired': '로그인 만료',
    unauthorized: '더는 유효하지 않은 로그인',
    forbidden: '권한이 없는 것을 요청함',
    slow: '너무 느리게 읽음',
    kicked: '운영자가 끊음',
    shutdown: 'hostcast 종료',
  },
  said: [
    [/^no heart-beat for (\d+) ms$/, '$1ms 동안 소식이 없음'],
    [/^more than (\d+) octets wait to be read/, '읽지 않은 데이터가 $1바이트를 넘음'],
    [/^nothing was read for (\d+) ms/, '$1ms 동안 읽지 않음'],
    [/^(SUBSCRIBE|SEND) is not allowed: /, '$1 '],
    [/^not connected within (\d+) ms/, '$1ms 안에 CONNECT하지 않음'],
    [/^login is needed$/, '로그인하지 않음'],
    [/^name or password is wrong$/, '이름이나 비밀번호가 틀림'],
    [/^the token is unknown, revoked or expired$/, '모르는 토큰이거나 폐기 또는 만료된 토큰'],
    [/^this login has .*: sign in again$/, '로그인 만료'],
    [/^too many logins: wait a moment$/, '로그인 시도가 너무 많음'],
    [/^(the server|your address|the user) has (\d+) sessions already/, '연결이 이미 $2개 있음'],
    [/ \(limit (\w+)\)$/, ' (한도 $1)'],
    [/^WebSocket close 1000, .*/, 'WebSocket 1000: 정상적으로 닫힘'],
    [/^WebSocket close 1001, .*/, 'WebSocket 1001: 페이지가 닫힘'],
    [/^WebSocket close 1005, .*/, 'WebSocket 1005: 코드 없이 닫힘'],
    [/^WebSocket close 1006, .*/, 'WebSocket 1006: 연결이 끊어짐'],
  ],
  by: (who) => `끊은 사람: ${who}`,
  times: (count) => `${count}번`,
  lasted: '지속 시간',
  show: '표시',
  all: '모두',
  wrong: '잘못된 것만',
  older: '이전 기록 보기',
  olderFailed: (reason) => `이전 기록을 가져오지 못했습니다: ${reason}.`,

  destination: '목적지',
  viewersColumn: '보는 수',
  every: '간격',
  onEvent: '일이 있을 때',
  published: '보낸 때',
  size: '크기',
  rounds: (every) => `보는 사람이 몇이든 ${every}마다 한 번 질의합니다`,
  took: (last, p95) => `마지막 ${last}, 95${'\u202f'}%는 ${p95} 이내`,
  noRoundYet: '아직 없음',
  skipped: (skipped, failed) => `건너뜀 ${skipped}회, 실패 ${failed}회`,
};

/** This part's texts in the language that is shown: to be read while rendering. */
export function words(): Words {
  return inLanguage({ en: english, ko: korean });
}

/** The reasons that are all there is to say: the server's own words say the same once more. */
const plainReasons: ReadonlySet<EndReason | undefined> = new Set(['auth-expired', 'kicked', 'shutdown']);

/** Why somebody went or was turned away: in a few words, and what else the server says. */
export function eventText({ reason, detail = '' }: SessionEvent): {
  what: string;
  detail: string | undefined;
} {
  const { said, reasons } = words();
  const own = said.reduce((text, [pattern, instead]) => text.replace(pattern, instead), detail);
  if (reason === undefined) return { what: own, detail: undefined };
  return { what: reasons[reason], detail: own === '' || plainReasons.has(reason) ? undefined : own };
}
