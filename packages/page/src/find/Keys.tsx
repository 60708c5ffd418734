import { Dialog } from '../parts/Dialog.tsx';
import { closeDialog } from '../parts/openDialog.ts';
import { texts } from '../texts/texts.ts';
import '../style/find.css';
import { words } from './words.ts';

/** What the keyboard does. */
export function Keys() {
  const { everywhere, keys, fleetKeys, hostKeys, onChart, chartKeys } = words();
  return (
    <Dialog title={texts.keyboard} onClose={closeDialog}>
      <div class="keys">
        <Group title={everywhere} keys={keys} />
        <Group title={texts.host} keys={hostKeys} />
        <Group title={onChart} keys={chartKeys} />
        <Group title={texts.fleet} keys={fleetKeys} />
      </div>
    </Dialog>
  );
}

function Group({ title, keys }: { title: string; keys: ReturnType<typeof words>['keys'] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {keys.map(([presses, what]) => (
          <div key={what}>
            <dt>
              {presses.map((press, index) => (
                <>
                  {index > 0 ? <span class="muted"> {words().andThen} </span> : null}
                  <kbd>{press}</kbd>
                </>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
