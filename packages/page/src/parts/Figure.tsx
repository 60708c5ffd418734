import type { Unit } from 'hostcast/metrics';
import { formatValue, thinSpace } from '../format.ts';

/** A figure with its unit, smaller and muted; a dash where it is not known. */
export function Figure({ value, unit }: { value: number | null | undefined; unit: Unit }) {
  if (value === null || value === undefined) return <span class="figure unknown">–</span>;
  const { figure, unit: shown } = formatValue(value, unit);
  return (
    <span class="figure">
      {figure}
      {shown === '' ? null : (
        <span class="unit">
          {thinSpace}
          {shown}
        </span>
      )}
    </span>
  );
}
