// Figures and the Markdown tables they stand in.

export const sorted = (numbers) => numbers.toSorted((a, b) => a - b);

/** The value below which that share of the numbers lies. */
export function quantile(numbers, share) {
  const inOrder = sorted(numbers);
  return inOrder[Math.min(inOrder.length - 1, Math.floor(share * inOrder.length))];
}

export const median = (numbers) => quantile(numbers, 0.5);

/** About three digits: 0.124, 4.58, 31.2, 1,830. */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A goal beside its figure, and whether it is met. */
export function atMost(value, goal, unit = '') {
  return `≤ ${goal}${unit}: ${value <= goal ? 'met' : '**missed**'}`;
}

export function atLeast(value, goal, unit = '') {
  return `≥ ${goal}${unit}: ${value >= goal ? 'met' : '**missed**'}`;
}

/** A Markdown table: the first column to the left, figures to the right. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((name, index) => (index === 0 || name === 'goal' ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

/** How long something takes, ms: `runs` times after `warmUps` that are not counted. */
export async function timed(runs, act, { warmUps = 1 } = {}) {
  const times = [];
  for (let run = -warmUps; run < runs; run += 1) {
    const startedMs = performance.now();
    await act(run);
    if (run >= 0) times.push(performance.now() - startedMs);
  }
  return times;
}
