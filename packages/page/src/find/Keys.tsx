import { Dialog } from '../parts/Dialog.tsx';
import { closeDialog } from '../parts/openDialog.ts';
import { texts } from '../texts/texts.ts';
import '../style/find.css';
import { words } from './words.ts';

type Keyed = ReturnType<typeof words>['keys'];
type Titled = readonly [title: string, keys: Keyed];

/** What the keyboard does, first of all on the page that is shown. */
export function Keys() {
  const { everywhere, keys, fleetKeys, hostKeys, onChart, chartKeys } = words();
  const ofAll: Titled = [everywhere, keys];
  const ofFleet: Titled = [texts.fleet, fleetKeys];
  const ofHost: readonly Titled[] = [
    [texts.host, hostKeys],
    [onChart, chartKeys],
  ];
  const isFleet = location.pathname === '/';
  const isHost = location.pathname.startsWith('/hosts/');
  const groups = isHost
    ? [...ofHost, ofAll, ofFleet]
    : isFleet
      ? [ofFleet, ofAll, ...ofHost]
      : [ofAll, ofFleet, ...ofHost];
  return (
    <Dialog title={texts.keyboard} onClose={closeDialog}>
      <div class="keys">
        {groups.map(([title, pressed]) => (
          <Group key={title} title={title} keys={pressed} />
        ))}
      </div>
    </Dialog>
  );
}

function Group({ title, keys }: { title: string; keys: Keyed }) {
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
