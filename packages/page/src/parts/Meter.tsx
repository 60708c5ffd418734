import { Figure } from './Figure.tsx';
import { gravity, type MeterKind } from './gravity.ts';

/** A percentage: figure left, bar right; no bar where nothing is known, because an empty one says 0 %. */
export function Meter({ kind, percent }: { kind: MeterKind; percent: number | null }) {
  return (
    <span class={`meter ${gravity(kind, percent)}`}>
      <Figure value={percent} unit="percent" />
      <Bar percent={percent} />
    </span>
  );
}

/** The bar alone, where there is something to show; the figure beside it says the same in words. */
export function Bar({ percent }: { percent: number | null | undefined }) {
  if (percent === null || percent === undefined) return null;
  const filled = Math.min(1, Math.max(0, percent / 100));
  return (
    <span class="bar" aria-hidden="true">
      <span class="bar-fill" style={{ transform: `scaleX(${filled})` }} />
    </span>
  );
}
