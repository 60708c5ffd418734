import { useEffect } from 'preact/hooks';
import { Diagnosis } from '../diagnosis/Diagnosis.tsx';
import { later } from '../parts/later.tsx';
import { type DialogName, openDialog } from '../parts/openDialog.ts';
import { useLocation } from '../router.ts';
import { followKeys } from './keys.ts';

const parts: Record<DialogName, ReturnType<typeof later>> = {
  find: later(async () => (await import('../find/Finder.tsx')).Finder),
  keys: later(async () => (await import('../find/Keys.tsx')).Keys),
  addHost: later(async () => (await import('../onboarding/AddHost.tsx')).AddHostDialog),
  // Wanted when nothing can be fetched.
  diagnosis: () => <Diagnosis />,
};

/** What lies over the page when it is asked for, by a button or by the keyboard. */
export function Overlays() {
  const { route } = useLocation();
  useEffect(() => followKeys(route), [route]);
  if (openDialog.value === undefined) return null;
  const Part = parts[openDialog.value];
  return <Part />;
}
