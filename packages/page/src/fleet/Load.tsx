import { Figure } from '../parts/Figure.tsx';
import { texts } from '../texts/texts.ts';
import { loadPerCore } from './order.ts';

/** Load, with the number of cores that carry it: more than one per core is too much, two is far too much. */
export function Load({ load1, cores }: { load1: number | null; cores: number | null }) {
  const perCore = loadPerCore({ load1, cores }) ?? 0;
  const gravity = perCore >= 2 ? 'critical' : perCore >= 1 ? 'warn' : '';
  return (
    <span class={`load ${gravity}`} title={cores === null ? '' : texts.ofCores(cores)}>
      <Figure value={load1} unit="load" />
      {cores === null ? null : <span class="unit"> / {cores}</span>}
    </span>
  );
}
