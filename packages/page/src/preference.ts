import { effect, type Signal, signal } from '@preact/signals';

/**
 * A choice that is kept in this browser, one of a few words; the first of them where none was made. Where storage is
 * off it lasts as long as the page.
 */
export function preference<Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Signal<Choice> {
  return openPreference(name, choices[0], (text) => choices.find((choice) => choice === text));
}

/** The same of words that are too many to list; `read` gives undefined for what is none of them. */
export function openPreference<Choice extends string>(
  name: string,
  usual: Choice,
  read: (text: string) => Choice | undefined,
): Signal<Choice> {
  const key = `hostcast.${name}`;
  const chosen = signal(read(stored(key)) ?? usual);
  effect(() => {
    const { value } = chosen;
    try {
      if (value === usual) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // Storage may be off.
    }
  });
  return chosen;
}

function stored(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}
