import { texts } from '../texts/texts.ts';
import type { Answer } from './requests.ts';

/** What an answer means for who wanted to come in. */
export function refusalText(answer: Answer): string {
  switch (answer.kind) {
    case 'out':
      return texts.wrongPassword;
    case 'busy':
      return texts.tooManyAttempts;
    case 'failed':
      return texts.loginFailed(answer.reason);
    case 'unreachable':
      return texts.unreachable;
    case 'in':
    case 'open':
      return '';
  }
}
