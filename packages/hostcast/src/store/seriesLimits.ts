/** How many series there may be; those that are there go on. */
export interface SeriesLimits {
  readonly series: number;
  /** With one value of the tag `host`. */
  readonly seriesPerHost: number;
  readonly hosts: number;
}

export const defaultSeriesLimits: SeriesLimits = { series: 1_000_000, seriesPerHost: 20_000, hosts: 10_000 };

export function tooManySeries({ series }: SeriesLimits): string {
  return `a new series, and there are ${series} already (limits.series)`;
}

export function tooManySeriesOfHost({ seriesPerHost }: SeriesLimits): string {
  return `a new series of a host that has ${seriesPerHost} already (limits.series-per-host)`;
}

export function tooManyHosts({ hosts }: SeriesLimits): string {
  return `a new host, and there are ${hosts} already (limits.hosts)`;
}
