import { useEffect, useState } from 'preact/hooks';

const query = matchMedia('(max-width: 760px)');

/** Whether the window is too narrow for a table. */
export function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const follow = (): void => setNarrow(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return isNarrow;
}
