/** Those that answer what was typed, and how well; with other characters between only where none has it whole. */
export function matches<Entry extends { readonly searched: string }>(
  entries: readonly Entry[],
  typed: string,
): { readonly entry: Entry; readonly score: number }[] {
  const found = entries.flatMap((entry) => {
    const score = matchScore(entry.searched, typed);
    return score === undefined ? [] : [{ entry, score }];
  });
  const whole = found.filter(({ score }) => score >= 0);
  return whole.length > 0 ? whole : found;
}

/**
 * How well a text answers what was typed, the higher the better; undefined where it doesn't. Each word typed has to be
 * there: best at the beginning, then where a word begins, then anywhere, and at last, which is below zero, within one
 * word of the text with other characters between.
 */
export function matchScore(text: string, typed: string): number | undefined {
  const within = text.toLowerCase();
  let score = 0;
  for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = wordScore(within, word);
    if (found === undefined) return undefined;
    score += found;
  }
  return score;
}

function wordScore(text: string, word: string): number | undefined {
  if (text.startsWith(word)) return 4;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!/[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return 3;
  }
  if (text.includes(word)) return 2;
  const spans = text.split(' ').map((within) => scatteredOver(within, word));
  const least = Math.min(...spans);
  return least === Infinity ? undefined : -scattered - least;
}

/** More than words that are there whole make up for. */
const scattered = 1_000;

/** Over how many characters those of a word are scattered, in their order; infinitely many where one is missing. */
function scatteredOver(text: string, word: string): number {
  let at = -1;
  let first = -1;
  for (const character of word) {
    at = text.indexOf(character, at + 1);
    if (at === -1) return Infinity;
    if (first === -1) first = at;
  }
  return at - first + 1;
}

/** The texts, those before the others that hold a word that was typed: where there is no room, the others are cut. */
export function matchedFirst(texts: readonly string[], typed: string): string[] {
  const typedWords = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (text: string): boolean => typedWords.some((word) => text.toLowerCase().includes(word));
  return [...texts.filter(has), ...texts.filter((text) => !has(text))];
}
