import { countText } from '../format.ts';
import { texts } from '../texts/texts.ts';

interface CountProps {
  readonly count: number;
  readonly shape: string;
  readonly word: string;
  /** The class of its colour. */
  readonly look: string;
  /** What else a pointer is told. */
  readonly hint?: string;
  /** Leaves out the word. */
  readonly isQuiet: boolean;
  readonly isChosen: boolean;
  /** Leaves only those that are counted, or all again; it is a button where that can be. */
  readonly choose: (() => void) | undefined;
}

/** How many hosts have something in common: `▲ 2 stale`. */
export function Count({ count, shape, word, look, hint, isQuiet, isChosen, choose }: CountProps) {
  const face = (
    <>
      <span class="state-shape" aria-hidden="true">
        {shape}
      </span>{' '}
      {isQuiet ? countText(count) : texts.countOf(count, word)}
      {isQuiet ? <span class="visually-hidden"> {word}</span> : null}
    </>
  );
  if (!choose)
    return (
      <span class={`state ${look}`} title={hint === undefined ? word : `${word}\n${hint}`}>
        {face}
      </span>
    );
  return (
    <button
      type="button"
      class={`state ${look} state-choice`}
      title={hint}
      aria-pressed={isChosen}
      onClick={choose}
    >
      {face}
    </button>
  );
}
