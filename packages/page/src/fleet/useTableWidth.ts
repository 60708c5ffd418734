import { useEffect, useState } from 'preact/hooks';

/** px beside the table in the window: the margins of the page and of the card. */
const besidePx = 64;

/** How wide the fleet's table can be, px. */
export function useTableWidth(): number {
  const [windowPx, setWindow] = useState(document.documentElement.clientWidth);
  useEffect(() => {
    const measure = (): void => setWindow(document.documentElement.clientWidth);
    measure();
    addEventListener('resize', measure);
    return () => removeEventListener('resize', measure);
  }, []);
  return windowPx - besidePx;
}
