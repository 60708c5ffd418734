import { sparkHeight, sparkPath, sparkWidth } from './sparkPath.ts';

/**
 * A column's last minutes in small, without axes: 0 to 100 from bottom to top, the newest value as a dot. What it
 * says in figures stands beside it.
 */
export function Sparkline({ values }: { values: readonly number[] }) {
  const { line, dot } = sparkPath(values);
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${sparkWidth} ${sparkHeight}`}
      width={sparkWidth}
      height={sparkHeight}
      aria-hidden="true"
    >
      <path d={line} />
      {dot ? <circle cx={dot.x} cy={dot.y} r="1.75" /> : null}
    </svg>
  );
}
