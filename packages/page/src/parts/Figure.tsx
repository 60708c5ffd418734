import { formatValue, networkUnit, type ShownUnit, thinSpace } from '../format.ts';

/** A figure with its unit, smaller and muted; a dash where it is not known. */
export function Figure({ value, unit }: { value: number | null | undefined; unit: ShownUnit }) {
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

/** What a network carries, given in bytes per second, in bits or bytes as the user has chosen. */
export function NetworkRate({ value }: { value: number | null | undefined }) {
  const { unit, scale } = networkUnit();
  return <Figure value={value == null ? value : value * scale} unit={unit} />;
}
