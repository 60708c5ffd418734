/** Where something stands in a text; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const bareOrQuoted = String.raw`(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')`;
const dotted = String.raw`${bareOrQuoted}(?:[ \t]*\.[ \t]*${bareOrQuoted})*`;
const header = new RegExp(String.raw`^[ \t]*\[\[?[ \t]*(${dotted})[ \t]*\]`, 'd');
const assignment = new RegExp(String.raw`^[ \t]*(${dotted})[ \t]*=`, 'd');

/**
 * Where the keys and sections of a TOML text stand, by their whole name `influx.url`. The text is read line by
 * line, not parsed: smol-toml, which does that, keeps no positions. What stands in an inline table is not
 * found, and its table is.
 */
export function positionsIn(toml: string): ReadonlyMap<string, Position> {
  const found = new Map<string, Position>();
  let section = '';
  let closing: string | undefined;
  for (const [index, line] of toml.split('\n').entries()) {
    if (closing !== undefined) {
      if (line.includes(closing)) closing = undefined;
      continue;
    }
    const at = header.exec(line);
    const match = at ?? assignment.exec(line);
    if (match === null) continue;
    const name = nameOf(match[1]!);
    if (at !== null) section = `${name}.`;
    const key = at === null ? section + name : name;
    if (!found.has(key)) found.set(key, { line: index + 1, column: match.indices![1]![0] + 1 });
    closing = at === null ? opened(line) : undefined;
  }
  return found;
}

/** The position of a key, or of the nearest table around it. */
export function positionOf(key: string, positions: ReadonlyMap<string, Position>): Position | undefined {
  for (let name = key; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const position = positions.get(name);
    if (position !== undefined) return position;
  }
  return undefined;
}

function nameOf(written: string): string {
  const parts = written.match(new RegExp(bareOrQuoted, 'g')) ?? [];
  return parts.map((part) => part.replace(/^["']|["']$/g, '')).join('.');
}

/** The quotes that end a text of several lines, where one begins in this line and does not end there. */
function opened(line: string): string | undefined {
  return ['"""', "'''"].find((quotes) => line.split(quotes).length === 2);
}
