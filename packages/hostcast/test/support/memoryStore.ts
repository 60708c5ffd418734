import type { Field, LatestTable, Point, Selection, SeriesSamples, Tag } from '@hostcast/tsdb';
import { bucketSamples } from '../../src/store/buckets.ts';
import {
  type History,
  type HistoryQuery,
  type HostInfo,
  type MetricStore,
  type StoreCondition,
  StoreError,
} from '../../src/store/metricStore.ts';

interface Series {
  readonly measurement: string;
  readonly tags: readonly Tag[];
  /** Field to time to value. */
  readonly fields: Map<string, Map<number, number>>;
}

/** A whole MetricStore without a disk, for tests of what stands above the store. Passes the store contract. */
export class MemoryStore implements MetricStore {
  /** Set to make the store fail as a real one does. */
  failure: StoreError | undefined;
  /** Set to make the store say that it takes no data, as one on a full disk does. */
  trouble: string | undefined;
  /** How often `latest` was asked. */
  rounds = 0;
  readonly #series = new Map<string, Series>();
  #isClosed = false;

  async write(points: readonly Point[]): Promise<void> {
    this.#check();
    for (const point of points) {
      const key = JSON.stringify([point.measurement, point.tags]);
      const series = this.#series.get(key) ?? { ...point, fields: new Map() };
      this.#series.set(key, series);
      for (const field of point.fields) store(series, field, point.timeMs);
    }
  }

  async latest(selections: readonly Selection[]): Promise<readonly (readonly LatestTable[])[]> {
    this.rounds += 1;
    this.#check();
    return selections.map((selection) => {
      const byMeasurement = new Map<string, Series[]>();
      for (const series of this.#select(selection)) {
        byMeasurement.set(series.measurement, [...(byMeasurement.get(series.measurement) ?? []), series]);
      }
      return [...byMeasurement.values()].map((series) => table(series, selection.fields));
    });
  }

  async history(query: HistoryQuery): Promise<History> {
    this.#check();
    return bucketSamples(
      this.#select(query.selection).map((series) => samples(series, query.selection)),
      query,
    );
  }

  async condition(): Promise<StoreCondition> {
    this.#check();
    const { trouble } = this;
    const series = this.#series.size;
    return trouble === undefined ? { series, isWritable: true } : { series, isWritable: false, trouble };
  }

  async hosts(): Promise<readonly HostInfo[]> {
    this.#check();
    const newest = new Map<string, number>();
    for (const { tags, fields } of this.#series.values()) {
      const host = tags.find(([key]) => key === 'host')?.[1];
      if (host === undefined) continue;
      const times = [...fields.values()].flatMap((values) => [...values.keys()]);
      newest.set(host, Math.max(newest.get(host) ?? 0, ...times));
    }
    return [...newest].map(([host, newestMs]) => ({ host, newestMs }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #select(selection: Selection): Series[] {
    return [...this.#series.values()].filter(
      (series) =>
        (selection.measurement === undefined || selection.measurement === series.measurement) &&
        (selection.tags ?? []).every(([key, value]) =>
          series.tags.some((tag) => tag[0] === key && tag[1] === value),
        ),
    );
  }

  #check(): void {
    if (this.#isClosed) throw new StoreError('ERR_STORE_UNAVAILABLE', 'the store is closed');
    if (this.failure !== undefined) throw this.failure;
  }
}

function store(series: Series, field: Field, timeMs: number): void {
  if (typeof field.value === 'string') return;
  const values = series.fields.get(field.name) ?? new Map<number, number>();
  series.fields.set(field.name, values.set(timeMs, Number(field.value)));
}

function table(series: readonly Series[], wanted?: readonly string[]): LatestTable {
  const fields = [...new Set(series.flatMap((one) => [...one.fields.keys()]))].filter(
    (field) => wanted?.includes(field) ?? true,
  );
  const cells = series.flatMap(({ fields: values }) =>
    fields.map((field) => [...(values.get(field) ?? [])].sort((a, b) => b[0] - a[0])),
  );
  const column = (age: number, part: 0 | 1) =>
    Float64Array.from(cells, (cell) => cell[age]?.[part] ?? Number.NaN);
  return {
    measurement: series[0]!.measurement,
    fields,
    series: series.map(({ tags }) => tags),
    times: column(0, 0),
    values: column(0, 1),
    previousTimes: column(1, 0),
    previousValues: column(1, 1),
  };
}

function samples({ measurement, tags, fields }: Series, { fields: wanted }: Selection): SeriesSamples {
  const kept = [...fields].filter(([field]) => wanted?.includes(field) ?? true);
  const times = [...new Set(kept.flatMap(([, values]) => [...values.keys()]))].sort((a, b) => a - b);
  return {
    measurement,
    tags,
    times: Float64Array.from(times),
    columns: new Map(
      kept.map(([field, values]) => [
        field,
        Float64Array.from(times, (time) => values.get(time) ?? Number.NaN),
      ]),
    ),
    texts: new Map(),
  };
}
