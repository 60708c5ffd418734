import { effect, signal } from '@preact/signals';
import { type ShownUnit, tellTimesIn } from '../format.ts';
import { preference } from '../preference.ts';
import { english, type Texts } from './en.ts';
import { korean } from './ko.ts';

export type Language = 'en' | 'ko';

/** What the user chose; `system` follows the browser's languages. */
export const languageChoice = preference('language', ['system', 'en', 'ko']);

/** The language that is shown. What it says is read again by a new render. */
export const language = signal<Language>('en');

/** Every text in the language that is shown: to be read while rendering, and not to be kept. */
export const texts: Texts = { ...english };

/** Text that comes with a part loaded later, in the language that is shown. */
export function inLanguage<Words>(words: Readonly<Record<Language, Words>>): Words {
  return words[language.value];
}

/** Shows the chosen language from now on. */
export function followLanguage(): void {
  effect(() => {
    const wanted = wantedLanguage(languageChoice.value, navigator.languages);
    const words = wanted === 'ko' ? korean : english;
    Object.assign(texts, words);
    tellTimesIn(words.times);
    document.documentElement.lang = wanted;
    language.value = wanted;
  });
}

/** The language to show: the chosen one, or the first of the browser's that there is; otherwise English. */
export function wantedLanguage(choice: 'system' | Language, languages: readonly string[]): Language {
  if (choice !== 'system') return choice;
  for (const tag of languages) {
    const [primary] = tag.toLowerCase().split('-');
    if (primary === 'en' || primary === 'ko') return primary;
  }
  return 'en';
}

/** What stands after a chart's title. */
export function unitText(unit: ShownUnit): string {
  switch (unit) {
    case 'percent':
      return '%';
    case 'bytes':
      return texts.unitBytes;
    case 'bytesPerSecond':
      return texts.unitBytesPerSecond;
    case 'bitsPerSecond':
      return texts.unitBitsPerSecond;
    case 'perSecond':
      return texts.perSecond;
    case 'celsius':
      return '°C';
    case 'count':
    case 'load':
    case 'seconds':
    case 'number':
      return '';
  }
}
