import type { SeriesSamples } from '@hostcast/tsdb';

/** The columns of one measurement. */
export interface CsvTable {
  readonly measurement: string;
  /** `host` first, then by name, as fields are. */
  readonly tags: readonly string[];
  readonly numbers: readonly string[];
  readonly texts: readonly string[];
}

/** Gathers the columns of measurements from their series. */
export function csvTables() {
  const tables = new Map<string, Record<'tags' | 'numbers' | 'texts', Set<string>>>();
  return {
    add({ measurement, tags, columns, texts }: SeriesSamples): void {
      const table = tables.get(measurement) ?? { tags: new Set(), numbers: new Set(), texts: new Set() };
      tables.set(measurement, table);
      for (const [key] of tags) table.tags.add(key);
      for (const name of columns.keys()) table.numbers.add(name);
      for (const name of texts.keys()) table.texts.add(name);
    },
    /** By name. */
    done(): ReadonlyMap<string, CsvTable> {
      const names = [...tables.keys()].sort();
      return new Map(
        names.map((measurement) => {
          const { tags, numbers, texts } = tables.get(measurement)!;
          const sortedTags = [...tags].sort(
            (a, b) => Number(b === 'host') - Number(a === 'host') || (a < b ? -1 : 1),
          );
          return [
            measurement,
            { measurement, tags: sortedTags, numbers: [...numbers].sort(), texts: [...texts].sort() },
          ];
        }),
      );
    },
  };
}

/** The line of names: `time`, tags, numbers, texts. No name is there twice. */
export function csvHead({ tags, numbers, texts }: CsvTable): string {
  const used = new Set<string>();
  const unique = (name: string, kind: string): string => {
    let free = name;
    while (used.has(free)) free += ` (${kind})`;
    used.add(free);
    return free;
  };
  const names = [
    unique('time', 'time'),
    ...tags.map((name) => unique(name, 'tag')),
    ...numbers.map((name) => unique(name, 'field')),
    ...texts.map((name) => unique(name, 'text')),
  ];
  return `${names.map(cell).join(',')}\r\n`;
}

const pieceLength = 256 * 1024;

/** A line per row, in pieces of whole lines (RFC 4180); what a row doesn't have is empty. */
export function* csvRows(table: CsvTable, samples: SeriesSamples): Generator<string, void, void> {
  const { times, columns, texts } = samples;
  const own = new Map(samples.tags);
  const tags = table.tags.map((name) => `,${cell(own.get(name) ?? '')}`).join('');
  const numbers = table.numbers.map((name) => columns.get(name));
  const strings = table.texts.map((name) => texts.get(name));
  let piece = '';
  for (let row = 0; row < times.length; row++) {
    piece += new Date(times[row]!).toISOString() + tags;
    for (const values of numbers) {
      const value = values?.[row] ?? Number.NaN;
      piece += Number.isNaN(value) ? ',' : `,${Object.is(value, -0) ? '-0' : value}`;
    }
    for (const values of strings) piece += `,${cell(values?.[row] ?? '')}`;
    piece += '\r\n';
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function cell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
