import { useEffect } from 'preact/hooks';
import { visibleText } from '../names/visible.ts';
import { texts } from '../texts/texts.ts';

/** Names the tab: `web-1 · hostcast`. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${visibleText(title)} · ${texts.appName}`;
  }, [title]);
}
