import { inLanguage } from '../texts/texts.ts';

interface Words {
  readonly have: string;
  readonly existing: string;
  readonly fresh: string;
  readonly agent: string;
  readonly existingHint: string;
  readonly influxHint: string;
  readonly freshHint: string;
  readonly agentHint: string;
  readonly hostName: string;
  readonly hostNameHint: string;
  readonly makeToken: string;
  readonly makingToken: string;
  readonly tokenMade: (hosts: string) => string;
  readonly tokenFailed: (reason: string) => string;
  readonly askAdmin: string;
  readonly loopback: string;
  readonly waiting: string;
  readonly arrived: (age: string) => string;
  readonly more: (count: number) => string;
  readonly nothingYet: string;
  readonly checks: (address: string) => readonly string[];
}

const english: Words = {
  have: 'What runs on the host?',
  existing: 'Telegraf that writes to InfluxDB',
  fresh: 'Nothing yet: Telegraf',
  agent: 'Nothing yet: hostcast agent',
  existingHint:
    'Add this output to telegraf.conf and restart Telegraf. It goes on writing to InfluxDB as before.',
  influxHint: 'Or let hostcast read InfluxDB, which shows all of its hosts at once:',
  freshHint: 'Install Telegraf, put this into /etc/telegraf/telegraf.conf and restart it.',
  agentHint: 'The host needs Node 20.19 or newer and hostcast, and no Telegraf. Run:',
  hostName: 'Host name',
  hostNameHint: 'web-1, or web-* for several; empty for any',
  makeToken: 'Make a token',
  makingToken: 'Making it…',
  tokenMade: (hosts) =>
    `It is filled in below, and shown only now. It may write ${hosts === '' ? 'for any host' : `for ${hosts}`} and read nothing.`,
  tokenFailed: (reason) => `No token was made: ${reason}.`,
  askAdmin: 'A new host writes with a token of its own. Ask an admin for one: they make it here, or with',
  loopback:
    'Only this machine reaches this address. For other hosts, open this page by this machine’s name or network address. If that does not answer, start hostcast with',
  waiting: 'Waiting for the first data…',
  arrived: (age) => `first data ${age} ago`,
  more: (count) => `and ${count} more`,
  nothingYet: 'Nothing arrives?',
  checks: (address) => [
    `From the host, curl ${address}/healthz answers “ok”. If not: name, port or firewall.`,
    'Telegraf’s log shows no 401 or 403: the token is whole, not revoked, and made for this host’s name.',
    'Telegraf was restarted after the change; telegraf --test prints figures.',
    'The tag “host” is there: omit_hostname is not set to true.',
    'The host’s clock is right: figures from far in the future or the past are not shown as new.',
  ],
};

const korean: Words = {
  have: '호스트에서 무엇이 실행되고 있습니까?',
  existing: 'InfluxDB에 쓰는 Telegraf',
  fresh: '아직 없음: Telegraf 설치',
  agent: '아직 없음: hostcast agent',
  existingHint:
    'telegraf.conf에 아래 출력을 더하고 Telegraf를 다시 시작하세요. InfluxDB에도 그대로 계속 씁니다.',
  influxHint: '또는 hostcast가 InfluxDB를 읽게 하면, 그 안의 모든 호스트가 한꺼번에 나타납니다:',
  freshHint: 'Telegraf를 설치하고 /etc/telegraf/telegraf.conf에 아래 내용을 넣은 뒤 다시 시작하세요.',
  agentHint: '호스트에 Node 20.19 이상과 hostcast가 있어야 하며, Telegraf는 없어도 됩니다. 실행하세요:',
  hostName: '호스트 이름',
  hostNameHint: 'web-1, 여러 대면 web-*, 비우면 모두',
  makeToken: '토큰 만들기',
  makingToken: '만드는 중…',
  tokenMade: (hosts) =>
    `아래에 채워 넣었으며, 지금만 볼 수 있습니다. ${hosts === '' ? '모든 호스트' : hosts}의 데이터를 쓸 수만 있고 읽지는 못합니다.`,
  tokenFailed: (reason) => `토큰을 만들지 못했습니다: ${reason}.`,
  askAdmin:
    '새 호스트는 자기 토큰으로 데이터를 씁니다. 관리자에게 요청하세요. 관리자는 이 창에서 만들거나 다음 명령으로 만듭니다:',
  loopback:
    '이 주소에는 이 컴퓨터만 접속할 수 있습니다. 다른 호스트를 추가하려면 이 컴퓨터의 이름이나 네트워크 주소로 이 페이지를 여세요. 열리지 않으면 hostcast를 다음과 같이 시작하세요:',
  waiting: '첫 데이터를 기다리는 중…',
  arrived: (age) => `첫 데이터가 ${age} 전에 도착했습니다`,
  more: (count) => `그 밖에 ${count}개`,
  nothingYet: '데이터가 오지 않습니까?',
  checks: (address) => [
    `호스트에서 curl ${address}/healthz를 실행하면 “ok”라고 답해야 합니다. 아니면 이름, 포트, 방화벽을 확인하세요.`,
    'Telegraf 로그에 401이나 403이 없어야 합니다. 토큰이 잘리거나 폐기되지 않았고 이 호스트 이름에 맞아야 합니다.',
    '바꾼 뒤 Telegraf를 다시 시작했는지, telegraf --test가 값을 출력하는지 확인하세요.',
    '“host” 태그가 있어야 합니다. omit_hostname이 true이면 안 됩니다.',
    '호스트의 시계가 맞아야 합니다. 너무 앞서거나 지난 시각의 값은 새 값으로 보이지 않습니다.',
  ],
};

/** The words of this part, in the language that is shown. */
export function words(): Words {
  return inLanguage({ en: english, ko: korean });
}
