import { useEffect, useState } from 'preact/hooks';

/** px beside the table in the window: the margins of the page and of the card. */
const besidePx = 64;
/** px; on the widest screens a row is still one look. */
const mostPx = 1_856;

/** How wide the fleet's table can be, px. */
export function useTableWidth(): number {
  const [windowPx, setWindow] = useState(document.documentElement.clientWidth);
  useEffect(() => {
    const measure = (): void => setWindow(document.documentElement.clientWidth);
    measure();
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, []);
  return Math.min(windowPx - besidePx, mostPx);
}
