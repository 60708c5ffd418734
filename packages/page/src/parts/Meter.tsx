import { Figure } from './Figure.tsx';

const warnPercent = 65;
const criticalPercent = 90;

/** How grave a percentage is: `''`, `warn` from 65, `critical` from 90. */
export function gravity(percent: number | null | undefined): '' | 'warn' | 'critical' {
  if (percent === null || percent === undefined || percent < warnPercent) return '';
  return percent < criticalPercent ? 'warn' : 'critical';
}

/** A percentage: figure left, bar right. */
export function Meter({ percent }: { percent: number | null }) {
  return (
    <span class={`meter ${gravity(percent)}`}>
      <Figure value={percent} unit="percent" />
      <Bar percent={percent} />
    </span>
  );
}

/** The bar alone; the figure beside it says the same in words. */
export function Bar({ percent }: { percent: number | null | undefined }) {
  const filled = Math.min(1, Math.max(0, (percent ?? 0) / 100));
  return (
    <span class="bar" aria-hidden="true">
      <span class="bar-fill" style={{ transform: `scaleX(${filled})` }} />
    </span>
  );
}
