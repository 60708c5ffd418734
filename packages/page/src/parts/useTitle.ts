import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { visibleText } from '../names/visible.ts';
import { texts } from '../texts/texts.ts';

/** What the tab is called, without what `signTab` puts before it. */
export const tabTitle = signal('');

/** Names the tab: `web-1 · hostcast`. */
export function useTitle(title: string): void {
  useEffect(() => {
    tabTitle.value = `${visibleText(title)} · ${texts.appName}`;
  }, [title]);
}
