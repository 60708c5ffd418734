/** A run of a name: as it is or, where `isEscape`, what stands for a character that can't be seen. */
export interface VisiblePart {
  readonly text: string;
  readonly isEscape: boolean;
}

/**
 * Control, format (also those that turn the direction of text) and private characters, lone surrogates, line and
 * paragraph separators, letters without a shape, and every space but the common one.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|(?! )\p{Zs}/gu;

/** A name from the wire, split where it holds characters by which it would read as something else. */
export function visibleParts(name: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let end = 0;
  for (const match of name.matchAll(unseen)) {
    if (match.index > end) parts.push({ text: name.slice(end, match.index), isEscape: false });
    parts.push({ text: escapeOf(match[0]), isEscape: true });
    end = match.index + match[0].length;
  }
  if (end < name.length) parts.push({ text: name.slice(end), isEscape: false });
  return parts;
}

/** The same as one text, for titles and labels: `web\u202e1`. */
export function visibleText(name: string): string {
  return name.replace(unseen, escapeOf);
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
