import type { WriteResult } from './ingest.ts';

/** What is said of a body of which lines were left out, in the words by which Telegraf's outputs know that. */
export function partialWrite({ errors: [first], errorCount, written }: WriteResult): string {
  const lines = `${errorCount} bad ${errorCount === 1 ? 'line' : 'lines'} left out`;
  const stored = `${written} ${written === 1 ? 'point' : 'points'} stored`;
  return `partial write: ${lines}, ${stored}; line ${first?.line}: ${first?.reason}`;
}
