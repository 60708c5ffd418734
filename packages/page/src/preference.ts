import { effect, type Signal, signal } from '@preact/signals';

/**
 * A choice that is kept in this browser, one of a few words; the first of them where none was made. Where storage is
 * off it lasts as long as the page.
 */
export function preference<Choice extends string>(
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Signal<Choice> {
  const key = `hostcast.${name}`;
  const chosen = signal(choices.find((choice) => choice === stored(key)) ?? choices[0]);
  effect(() => {
    const { value } = chosen;
    try {
      if (value === choices[0]) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      // Storage may be off.
    }
  });
  return chosen;
}

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
