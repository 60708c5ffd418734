/** One metric of Prometheus's text format. */
export interface Metric {
  readonly help: string;
  readonly type: string;
  /** By name and labels as they stand there: `hostcast_hosts{state="live"}`. */
  readonly samples: Map<string, number>;
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (\S+)$/;

/** Reads the text format strictly: each metric's HELP, TYPE and samples together, and nothing else. */
export function parseExposition(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  let current: { name: string; metric: Metric } | undefined;
  let help: readonly [string, string] | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, comment, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (comment === 'HELP') {
      help = [name, rest];
    } else if (comment === 'TYPE') {
      if (help?.[0] !== name || metrics.has(name)) throw new Error(`out of order: ${line}`);
      current = { name, metric: { help: help[1], type: rest, samples: new Map() } };
      metrics.set(name, current.metric);
    } else {
      const [, sample = '', labels = '', value = ''] = sampleLine.exec(line) ?? [];
      if (current === undefined || !sample.startsWith(current.name)) throw new Error(`not a sample: ${line}`);
      if (current.metric.samples.has(sample + labels)) throw new Error(`twice: ${line}`);
      current.metric.samples.set(sample + labels, Number(value));
    }
  }
  return metrics;
}
