import { signal } from '@preact/signals';
import { useLive } from '../live/live.ts';
import { SaveChoice } from '../parts/SaveChoice.tsx';
import { type ShownListing, saveListing } from './saveListing.ts';

/** What the listing on the page shows; undefined where there is none. */
export const shownListing = signal<ShownListing | undefined>(undefined);

/** The way to take along what is listed. */
export function SaveShown() {
  const { clock } = useLive();
  if (!shownListing.value) return null;
  return (
    <SaveChoice
      id="conn-save"
      save={(format) => {
        const shown = shownListing.peek();
        if (shown) saveListing(shown, clock.serverMs(Date.now()), format);
      }}
    />
  );
}
