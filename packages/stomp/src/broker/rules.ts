import type { DestinationOptions, HistoryOptions, SlowPolicy } from '../options.ts';
import { DestinationMap } from './matching.ts';

/** What is done for one destination, with nothing left to decide. */
export interface DestinationRule {
  readonly retain: boolean;
  readonly history: Required<HistoryOptions> | undefined;
  readonly slow: SlowPolicy;
}

interface Option {
  readonly index: number;
  readonly options: DestinationOptions;
}

const plainRule: DestinationRule = { retain: false, history: undefined, slow: 'close' };

const MiB = 1024 * 1024;

/** What `history: true` keeps of each destination. */
const defaultHistory: Required<HistoryOptions> = { ms: 300_000, messages: 1_000, bytes: 16 * MiB };

/** The options of all patterns, answered per destination: later ones add to earlier ones. */
export class DestinationRules {
  readonly #options = new DestinationMap<Option>();
  readonly #hasOptions: boolean;

  constructor(destinations: ReadonlyMap<string, DestinationOptions>) {
    this.#hasOptions = destinations.size > 0;
    let index = 0;
    for (const [pattern, options] of destinations) this.#options.add(pattern, { index: index++, options });
  }

  of(destination: string): DestinationRule {
    if (!this.#hasOptions) return plainRule;
    const found: Option[] = [];
    this.#options.forEach(destination, (option) => found.push(option));
    if (found.length > 1) found.sort((a, b) => a.index - b.index);
    let all: DestinationOptions = {};
    for (const { options } of found) all = { ...all, ...options };
    const history = historyOf(all.history);
    // Where no replay is possible the newest has to stand in for it.
    return { retain: all.retain ?? history !== undefined, history, slow: all.slow ?? 'close' };
  }
}

function historyOf(history: boolean | HistoryOptions | undefined): Required<HistoryOptions> | undefined {
  if (history === undefined || history === false) return undefined;
  return history === true ? defaultHistory : { ...defaultHistory, ...history };
}
