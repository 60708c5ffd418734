import { inLanguage } from '../texts/texts.ts';

interface Words {
  readonly hint: string;
  readonly results: string;
  readonly nothing: (typed: string) => string;
  readonly more: (count: number) => string;
  readonly everywhere: string;
  readonly keys: readonly (readonly [keys: readonly string[], what: string])[];
  readonly fleetKeys: Words['keys'];
  readonly hostKeys: Words['keys'];
  readonly onChart: string;
  readonly chartKeys: Words['keys'];
  readonly andThen: string;
}

const english: Words = {
  hint: 'Host, tag or page',
  results: 'Found',
  nothing: (typed) => `Nothing is called “${typed}”.`,
  more: (count) => `${count} more: type on to narrow them down`,
  everywhere: 'Everywhere',
  keys: [
    [['Ctrl K'], 'find a host or page'],
    [['g', 'f'], 'go to the fleet'],
    [['g', 'c'], 'go to the connections'],
    [['?'], 'show these keys'],
    [['Esc'], 'close, or step back'],
  ],
  fleetKeys: [
    [['/'], 'filter hosts'],
    [['Enter'], 'in the filter: open the only host left'],
  ],
  hostKeys: [
    [['1 – 6'], '5 minutes to 7 days'],
    [['Space'], 'pause, or back to live'],
    [['←'], 'previous host'],
    [['→'], 'next host'],
  ],
  onChart: 'Chart that has the focus',
  chartKeys: [
    [['← →'], 'read the previous or next point'],
    [['Shift ← →'], 'ten points on'],
    [['Home'], 'the oldest point'],
    [['End'], 'the newest point'],
    [['+'], 'zoom in'],
    [['-'], 'zoom out'],
    [['Esc'], 'stop reading'],
  ],
  andThen: 'then',
};

const korean: Words = {
  hint: '호스트, 태그, 페이지',
  results: '찾은 것',
  nothing: (typed) => `“${typed}”에 맞는 것이 없습니다.`,
  more: (count) => `${count}개 더 있습니다. 더 입력하면 좁혀집니다`,
  everywhere: '어디서나',
  keys: [
    [['Ctrl K'], '호스트나 페이지 찾기'],
    [['g', 'f'], '전체 호스트로 가기'],
    [['g', 'c'], '연결로 가기'],
    [['?'], '단축키 보기'],
    [['Esc'], '닫기, 한 단계 뒤로'],
  ],
  fleetKeys: [
    [['/'], '호스트 거르기'],
    [['Enter'], '거르기 칸에서: 하나 남은 호스트 열기'],
  ],
  hostKeys: [
    [['1 – 6'], '기간: 5분부터 7일까지'],
    [['Space'], '멈춤, 다시 실시간으로'],
    [['←'], '이전 호스트'],
    [['→'], '다음 호스트'],
  ],
  onChart: '포커스가 있는 차트',
  chartKeys: [
    [['← →'], '이전·다음 값 읽기'],
    [['Shift ← →'], '열 개씩 옮기기'],
    [['Home'], '가장 오래된 값'],
    [['End'], '가장 새 값'],
    [['+'], '확대'],
    [['-'], '축소'],
    [['Esc'], '읽기 끝내기'],
  ],
  andThen: '다음',
};

/** The words of this part, in the language that is shown. */
export function words(): Words {
  return inLanguage({ en: english, ko: korean });
}
