import { Figure } from '../parts/Figure.tsx';
import { loadGravity } from '../parts/gravity.ts';
import { texts } from '../texts/texts.ts';

/** Load, with the number of cores that carry it. */
export function Load({ load1, cores }: { load1: number | null; cores: number | null }) {
  return (
    <span class={`load ${loadGravity({ load1, cores })}`} title={cores === null ? '' : texts.ofCores(cores)}>
      <Figure value={load1} unit="load" />
      {cores === null ? null : <span class="unit"> / {cores}</span>}
    </span>
  );
}
