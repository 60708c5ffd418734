const longestText = 200;

/** A text that a client chose, cut to 200 characters. */
export function cutText(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
