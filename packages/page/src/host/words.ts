import { inLanguage } from '../texts/texts.ts';

interface Words {
  readonly newest: string;
  readonly newestHint: (destination: string) => string;
  readonly cut: (shown: string, all: string) => string;
  readonly subscribe: string;
  readonly subscribeHint: string;
}

const english: Words = {
  newest: 'Newest snapshot',
  newestHint: (destination) => `What ${destination} said last. Pause to let it stand still.`,
  cut: (shown, all) => `The first ${shown} of ${all} characters.`,
  subscribe: 'Subscribe to it',
  subscribeHint: 'Any STOMP client gets the same, with each tick.',
};

const korean: Words = {
  newest: '최신 스냅샷',
  newestHint: (destination) => `${destination}에서 마지막으로 온 내용입니다. 멈추려면 멈춤을 누르세요.`,
  cut: (shown, all) => `전체 ${all}자 중 처음 ${shown}자입니다.`,
  subscribe: '구독하기',
  subscribeHint: '어떤 STOMP 클라이언트든 같은 내용을 주기마다 받습니다.',
};

/** The texts of what is loaded later for a host. */
export function words(): Words {
  return inLanguage({ en: english, ko: korean });
}
