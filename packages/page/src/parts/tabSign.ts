import { effect } from '@preact/signals';
import { countText } from '../format.ts';
import type { Live } from '../live/live.ts';
import type { Fleet, HostRow } from '../live/snapshots.ts';
import type { FeedStatus } from '../live/status.ts';
import { hostGravity } from './gravity.ts';
import { tabTitle } from './useTitle.ts';

/** What a tab says that nobody looks at. */
export interface TabSign {
  /** Stands before the title; '' where all is well. */
  readonly mark: string;
  /** Of the dot on the icon; '' for none. */
  readonly tone: '' | 'late' | 'down';
}

/** Lets title and icon of the tab say how the feed stands and how many hosts are silent or critical, hidden or not. */
export function signTab(live: Live): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  let shown: TabSign['tone'] = '';
  effect(() => {
    const { mark, tone } = tabSign(live.hiddenStatus.value, live.received.value);
    const title = tabTitle.value;
    if (title !== '') document.title = mark === '' ? title : `${mark} ${title}`;
    if (icon && tone !== shown) icon.href = iconOf(tone);
    shown = tone;
  });
}

/** `✕` without connection, `▲` while nothing new comes, else the number of hosts that are silent or critical. */
export function tabSign({ kind }: FeedStatus, fleet: Fleet | undefined): TabSign {
  const isDown = kind === 'reconnecting' || kind === 'offline' || kind === 'ended';
  // Between two attempts, too; but not before the first.
  if (isDown || (kind === 'connecting' && fleet)) return { mark: '✕', tone: 'down' };
  if (kind === 'stale' || kind === 'source') return { mark: '▲', tone: 'late' };
  const unwell = fleet?.hosts.filter(isUnwell).length ?? 0;
  return unwell === 0 ? { mark: '', tone: '' } : { mark: `(${countText(unwell)})`, tone: 'late' };
}

function isUnwell(row: HostRow): boolean {
  return row.state === 'stale' || row.state === 'gone' || hostGravity(row).gravity === 'critical';
}

const dotColours = { late: '#f0b429', down: '#e5484d' };

/** As favicon.svg, with a dot: written out, because it can't be fetched from a server that is away. */
function iconOf(tone: TabSign['tone']): string {
  const dot =
    tone === ''
      ? ''
      : `<circle cx="24" cy="8" r="7" fill="${dotColours[tone]}" stroke="#fff" stroke-width="2"/>`;
  return `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b63ce"/><path d="M5 18h5l3-9 5 14 3-8h6" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"/>${dot}</svg>`,
  )}`;
}
