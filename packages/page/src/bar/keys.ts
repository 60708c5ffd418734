import { openDialog } from '../parts/openDialog.ts';

/** What a key press looks like to those who decide what it does. */
export interface Press {
  readonly key: string;
  readonly code: string;
}

/** After `g`, the key for a place has to come within this time. */
const placeWithinMs = 1_500;

/** Where `g` and another key lead. */
const places: ReadonlyMap<string, string> = new Map([
  ['f', '/'],
  ['c', '/connections'],
]);

/**
 * Follows the keyboard: Ctrl-K, `?`, `g` and a place, and whatever key an element of the page claims by
 * `aria-keyshortcuts`: a field is then focused, anything else clicked. Returns the way to stop that.
 */
export function followKeys(go: (path: string) => void): () => void {
  let goAtMs = Number.NEGATIVE_INFINITY;
  const follow = (event: KeyboardEvent): void => {
    const key = keyName(event);
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (key !== 'k' || event.shiftKey || (isBehindDialog() && openDialog.value !== 'find')) return;
      event.preventDefault();
      openDialog.value = openDialog.value === 'find' ? undefined : 'find';
      return;
    }
    if (isBehindDialog() || isTaken(event.target, key)) return;
    const place = event.timeStamp - goAtMs < placeWithinMs ? places.get(key) : undefined;
    goAtMs = key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
    const claimant = claimantOf(key);
    if (place !== undefined) go(place);
    else if (key === '?') openDialog.value = 'keys';
    else if (claimant) use(claimant);
    else if (key === '/') openDialog.value = 'find';
    else return;
    event.preventDefault();
  };
  addEventListener('keydown', follow);
  return () => removeEventListener('keydown', follow);
}

/**
 * The name of a key as `aria-keyshortcuts` has it: `g`, `1`, `?`, `Space`, `ArrowLeft`. A letter is read from its place
 * where the keyboard writes another script: ㅎ is where g is.
 */
export function keyName({ key, code }: Press): string {
  if (key === ' ') return 'Space';
  const isOtherScript = key === 'Process' || (key.length === 1 && key > '\u007f');
  if (isOtherScript)
    return /^(?:Key|Digit)(.)$/.exec(code)?.[1]?.toLowerCase() ?? (code === 'Slash' ? '/' : key);
  return key.length === 1 ? key.toLowerCase() : key;
}

function isBehindDialog(): boolean {
  return document.querySelector('dialog[open]') !== null;
}

/** Whether what has the focus takes the key for itself. */
function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (key === 'Escape' && document.querySelector('.popover-card:not([hidden])')) return true;
  if (target.closest('input, select, textarea, [contenteditable], [role=slider], [role=tab]')) return true;
  return key === 'Space' && target.closest('button, summary, [role=button]') !== null;
}

/** The element that claims a key, and can be seen; a field to search in needs no word to get `/`. */
function claimantOf(key: string): HTMLElement | undefined {
  const claimed = `[aria-keyshortcuts~="${CSS.escape(key)}"]`;
  const all = document.querySelectorAll<HTMLElement>(key === '/' ? `${claimed}, [type="search"]` : claimed);
  return [...all].find((element) => element.checkVisibility());
}

function use(element: HTMLElement): void {
  if (element instanceof HTMLInputElement) {
    element.focus();
    element.select();
  } else element.click();
}
