/** Between two samples further apart than this, and than three usual spacings, nothing is known (chosen). */
const shortestGapMs = 90_000;

/**
 * The longest time between two samples across which a counter's increase still counts: three times the spacing
 * that is usual for the series, and at least 90 s.
 */
export function longestStepMs(spacingMs: number): number {
  return Math.max(shortestGapMs, 3 * spacingMs);
}

/** Told of each step that counts: the time of the newer sample, the increase, the time between the two. */
export type TakeStep = (timeMs: number, increase: number, stepMs: number) => void;

/**
 * Goes through the samples of a counter in order of time and finds the steps that count. A reset (a lower value)
 * and a gap count neither increase nor time. A gap is a step longer than `longestStepMs` of the shorter of its
 * two neighbours: the spacing is judged where it happened, so that a change of interval costs one step only. So a
 * step is judged when the sample after it is known, and the last one by `finish`.
 */
export class CounterWalk {
  private readonly intervalMs: number;
  private readonly take: TakeStep;
  private beforeMs = Number.NaN;
  private fromMs = Number.NaN;
  private fromValue = Number.NaN;
  private toMs = Number.NaN;
  private toValue = Number.NaN;
  private isOpen = false;

  /** `intervalMs`: the spacing that is expected where there are too few samples to tell; 0 = not known. */
  constructor(intervalMs: number, take: TakeStep) {
    this.intervalMs = intervalMs;
    this.take = take;
  }

  sample(timeMs: number, value: number): void {
    if (this.isOpen) this.judge(timeMs - this.toMs);
    this.beforeMs = this.fromMs;
    this.fromMs = this.toMs;
    this.fromValue = this.toValue;
    this.toMs = timeMs;
    this.toValue = value;
    this.isOpen = !Number.isNaN(this.fromMs);
  }

  /** The step to the last sample is counted elsewhere. */
  settle(): void {
    this.isOpen = false;
  }

  /** Between the last sample and the next one lie others, all of whose steps are counted elsewhere. */
  breakOff(): void {
    this.isOpen = false;
    this.fromMs = Number.NaN;
    this.toMs = Number.NaN;
  }

  /** There are no more samples. */
  finish(): void {
    if (this.isOpen) this.judge(Number.NaN);
    this.isOpen = false;
  }

  private judge(afterMs: number): void {
    const stepMs = this.toMs - this.fromMs;
    const increase = this.toValue - this.fromValue;
    if (increase < 0 || stepMs <= 0) return;
    if (stepMs > shortestGapMs && stepMs > longestStepMs(this.spacing(afterMs))) return;
    this.take(this.toMs, increase, stepMs);
  }

  private spacing(afterMs: number): number {
    const beforeMs = this.fromMs - this.beforeMs;
    // Written so that NaN is passed over.
    const spacing = beforeMs < afterMs || Number.isNaN(afterMs) ? beforeMs : afterMs;
    return spacing > this.intervalMs ? spacing : this.intervalMs;
  }
}
