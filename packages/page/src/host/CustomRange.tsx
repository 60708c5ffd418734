import { useState } from 'preact/hooks';
import { stretchAt } from '../charts/view.ts';
import { useQuery } from '../parts/urlState.ts';
import { texts } from '../texts/texts.ts';
import { readWallText, wallText } from '../times.ts';
import { stretchOf } from './ranges.ts';
import { addressOf, type HostView } from './useHostView.ts';

/** A form for a stretch of one's own, told in the time zone that is shown. */
export function CustomRange({ view, onDone }: { view: HostView; onDone: () => void }) {
  const [, change] = useQuery();
  const [first] = useState(() => view.still ?? stretchAt({ newestMs: view.range.ms }, view.nowMs()));
  const [fault, setFault] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const data = new FormData(event.currentTarget);
    const fromMs = readWallText(String(data.get('from')));
    const toMs = readWallText(String(data.get('to')));
    const address = addressOf({ fromMs, toMs });
    if (!stretchOf(address)) {
      setFault(toMs > fromMs ? texts.rangeTooLong : texts.rangeBackwards);
      return;
    }
    change(address);
    onDone();
  };
  return (
    <form class="custom-range" onSubmit={submit}>
      <label>
        {texts.from}{' '}
        <input type="datetime-local" name="from" step="1" required defaultValue={wallText(first.fromMs)} />
      </label>
      <label>
        {texts.to}{' '}
        <input type="datetime-local" name="to" step="1" required defaultValue={wallText(first.toMs)} />
      </label>
      <button type="submit" class="button">
        {texts.show}
      </button>
      {fault === '' ? null : (
        <p class="late-words" role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}
