/** A y axis that ends on a grid line. */
export interface YAxis {
  readonly min: number;
  readonly max: number;
  readonly splits: readonly number[];
}

/** Between the outer two of five grid lines. */
const mostSteps = 4;

/**
 * The axis for values from `low` to `high`, zero included: at most five grid lines, a round step apart
 * (1, 2, 2.5 or 5 times a power of ten; powers of two for bytes), so that it stays the same from tick to tick.
 */
export function yAxis(low: number, high: number, base: 2 | 10): YAxis {
  const down = Math.max(0, -low);
  const up = Math.max(0, high);
  for (const step of steps((down + up) / mostSteps, base)) {
    const below = stepsFor(down, step);
    const above = stepsFor(up, step);
    if (below + above > mostSteps) continue;
    const splits = Array.from({ length: below + above + 1 }, (_, index) => (index - below) * step);
    return { min: -below * step, max: above * step, splits };
  }
  return { min: low, max: high, splits: [0] };
}

function stepsFor(size: number, step: number): number {
  // A value that floating point puts a hair above the line still stands on it.
  return Math.ceil(size / step - 1e-9);
}

/** Round steps, ascending, the first not above `least`. */
function* steps(least: number, base: 2 | 10): Generator<number> {
  const mantissas = base === 2 ? [1] : [1, 2, 2.5, 5];
  const from = Math.floor(Math.log(least) / Math.log(base));
  for (let exponent = from; exponent <= from + 4; exponent++) {
    for (const mantissa of mantissas) yield mantissa * base ** exponent;
  }
}
