import type { Stretch } from '../charts/view.ts';
import type { Columns, Values } from '../live/timeline.ts';
import { csvText, isoTime, type SaveFormat, saveText } from '../parts/save.ts';

/** What of a host is shown: all that its charts are drawn from, within a stretch. */
export interface ShownHost extends Stretch {
  readonly host: string;
  readonly times: readonly number[];
  readonly columns: Columns;
}

/** Has the browser save what is shown of a host. */
export function saveHost(shown: ShownHost, format: SaveFormat): void {
  const text = format === 'csv' ? hostCsv(shown) : hostJson(shown);
  saveText(text, { name: shown.host, timeMs: shown.toMs, format });
}

/** A line per point in time, a column per field: `time,cpu.cpu-total.usage_user,mem.used_percent`. */
export function hostCsv(shown: ShownHost): string {
  const leaves = [...leavesOf(shown.columns)];
  const head = leaves.map(({ path }) => path.filter(Boolean).join('.'));
  const lines = filledIndexes(shown).map((at) => [
    isoTime(shown.times[at] ?? null),
    ...leaves.map(({ values }) => values[at] ?? null),
  ]);
  return csvText([['time', ...head], ...lines]);
}

/** As the API gives history: `{"host":"web-1","times":[…],"panels":{"cpu":{"cpu-total":{"usage_user":[…]}}}}`. */
export function hostJson(shown: ShownHost): string {
  const indexes = filledIndexes(shown);
  const pick = (values: Values): Values => indexes.map((at) => values[at] ?? null);
  const panels = [...shown.columns].map(([measurement, groups]): Entry => {
    const entries = [...groups].flatMap(([group, fields]): Entry[] => {
      const picked = [...fields].map(([field, values]): Entry => [field, pick(values)]);
      return group === '' ? picked : [[group, Object.fromEntries(picked)]];
    });
    return [measurement, Object.fromEntries(entries)];
  });
  const times = indexes.map((at) => shown.times[at] ?? null);
  return `${JSON.stringify({ host: shown.host, times, panels: Object.fromEntries(panels) })}\n`;
}

/** The points within the stretch at which there is any value. */
function filledIndexes({ times, columns, fromMs, toMs }: ShownHost): number[] {
  const all = [...leavesOf(columns)];
  return [...times.keys()].filter((at) => {
    const time = times[at] ?? Number.NaN;
    return time >= fromMs && time <= toMs && all.some(({ values }) => (values[at] ?? null) !== null);
  });
}

type Entry = [name: string, value: unknown];

function* leavesOf(columns: Columns): Generator<{ path: readonly string[]; values: Values }> {
  for (const [measurement, groups] of columns) {
    for (const [group, fields] of groups) {
      for (const [field, values] of fields) yield { path: [measurement, group, field], values };
    }
  }
}
