import { useEffect } from 'preact/hooks';
import { texts } from '../texts.ts';

/** Names the tab: `web-1 · hostcast`. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${texts.appName}`;
  }, [title]);
}
