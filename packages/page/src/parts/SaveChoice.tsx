import { useSignal } from '@preact/signals';
import { texts } from '../texts/texts.ts';
import { Popover } from './Popover.tsx';
import type { SaveFormat } from './save.ts';

interface SaveChoiceProps {
  readonly id: string;
  /** What saves may be loaded only now: nobody waits for it. */
  readonly save: (format: SaveFormat) => Promise<void> | void;
}

/** The way to take along what is shown: as CSV or as JSON. */
export function SaveChoice({ id, save }: SaveChoiceProps) {
  const open = useSignal(false);
  return (
    <Popover id={id} open={open} label={texts.save} buttonClass="button" face={texts.save}>
      {(['csv', 'json'] as const).map((format) => (
        <button
          key={format}
          type="button"
          class="menu-button"
          onClick={() => {
            open.value = false;
            void save(format);
          }}
        >
          {format.toUpperCase()}
        </button>
      ))}
    </Popover>
  );
}
