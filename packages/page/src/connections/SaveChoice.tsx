import { signal, useSignal } from '@preact/signals';
import { useLive } from '../live/live.ts';
import { Popover } from '../parts/Popover.tsx';
import { texts } from '../texts/texts.ts';
import { type ShownListing, saveListing } from './saveListing.ts';

/** What the listing on the page shows; undefined where there is none. */
export const shownListing = signal<ShownListing | undefined>(undefined);

/** The way to take along what is listed. */
export function SaveChoice() {
  const { clock } = useLive();
  const open = useSignal(false);
  if (!shownListing.value) return null;
  return (
    <Popover id="conn-save" open={open} label={texts.save} buttonClass="button" face={texts.save}>
      {(['csv', 'json'] as const).map((format) => (
        <button
          key={format}
          type="button"
          class="menu-button"
          onClick={() => {
            open.value = false;
            const shown = shownListing.peek();
            if (shown) saveListing(shown, clock.serverMs(Date.now()), format);
          }}
        >
          {format.toUpperCase()}
        </button>
      ))}
    </Popover>
  );
}
