import { computed, effect, signal } from '@preact/signals';
import type { SeriesRole } from 'hostcast/metrics';
import { preference } from './preference.ts';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(systemIsDark.matches);
systemIsDark.addEventListener('change', ({ matches }) => {
  isSystemDark.value = matches;
});

/** What the user chose, kept in this browser; `system` follows the system's setting. */
export const themeChoice = preference('theme', ['system', 'light', 'dark']);

const isPrinting = signal(false);
for (const type of ['beforeprint', 'afterprint']) {
  addEventListener(type, () => {
    isPrinting.value = type === 'beforeprint';
  });
}

/** What is shown: on paper light. */
export const theme = computed<'light' | 'dark'>(() => {
  if (isPrinting.value) return 'light';
  if (themeChoice.value !== 'system') return themeChoice.value;
  return isSystemDark.value ? 'dark' : 'light';
});

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

/** The CSS variable of a series' colour. */
export function roleVariable(role: SeriesRole): string {
  return `--series-${variableOf[role]}`;
}

const variableOf: Record<SeriesRole, string> = {
  user: 'blue',
  used: 'blue',
  in: 'blue',
  system: 'orange',
  out: 'orange',
  iowait: 'purple',
  steal: 'red',
  errors: 'red',
  irq: 'green',
  softirq: 'sky',
  buffers: 'green',
  cached: 'sky',
  nice: 'yellow',
  other: 'yellow',
  total: 'grey',
};

/** Colours for what is drawn on a canvas, where CSS variables don't reach. */
export interface Palette {
  readonly rule: string;
  readonly muted: string;
  series(role: SeriesRole): string;
}

/** The palette of the theme that is shown now. */
export function currentPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    rule: read('--rule'),
    muted: read('--muted'),
    series: (role) => read(roleVariable(role)),
  };
}
