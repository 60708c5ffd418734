import type { DiagnosisTexts } from './diagnosisEn.ts';

export const korean: DiagnosisTexts = {
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
  queryTime: (last, mean, ticks) => `마지막 ${last}, 평균 ${mean}(${ticks}번)`,
  failures: (count) => `${count}번 실패했습니다.`,

  hostClocks: '호스트 시계',
  skewed: (hosts, more) => (more > 0 ? `${hosts} 외 ${more}대` : hosts),
  skewHint: 'NTP로 맞추세요. 이 호스트들의 데이터는 틀린 시각에 놓입니다.',

  proxies: '리버스 프록시를 쓸 때',
  proxiesHint: 'WebSocket을 전달하려면 프록시에 필요한 설정입니다.',
  ownLines: 'hostcast.toml에는 hostcast의 이름과 믿을 프록시를 적습니다.',
};
