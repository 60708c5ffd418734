import { useRef } from 'preact/hooks';
import { ageText } from '../format.ts';
import { hostAgeMs } from '../live/age.ts';
import { useLive } from '../live/live.ts';
import { Name } from '../names/Name.tsx';
import { hostPath } from '../parts/hostPath.ts';
import { closeDialog } from '../parts/openDialog.ts';
import { words } from './words.ts';

/** So many of those that came are named: an InfluxDB may bring a thousand. */
const mostNamed = 5;

/** Waits for a host that was not there, shows it as soon as it is, and what to look at where none comes. */
export function Arrival({ isFirst }: { isFirst: boolean }) {
  const live = useLive();
  const hosts = live.fleet.value?.hosts ?? [];
  const reporting = hosts.filter(({ state }) => state !== 'gone');
  const before = useRef<ReadonlySet<string> | undefined>(undefined);
  before.current ??= new Set(isFirst ? [] : reporting.map(({ host }) => host));
  const arrived = reporting.filter(({ host }) => before.current?.has(host) === false);
  const nowMs = live.serverMs.value;
  const firstMs = useRef(new Map<string, number>()).current;
  for (const row of arrived) {
    if (!firstMs.has(row.host)) firstMs.set(row.host, nowMs - (hostAgeMs(row, nowMs) ?? 0));
  }
  return (
    <div class="arrival">
      <div role="status">
        {arrived.length === 0 ? (
          <p class="muted">
            <span aria-hidden="true">◌</span> {words().waiting}
          </p>
        ) : (
          arrived.slice(0, mostNamed).map((row) => (
            <p key={row.host} class="arrived">
              <span aria-hidden="true">●</span>{' '}
              <a href={hostPath(row.host)} onClick={closeDialog}>
                <Name text={row.host} />
              </a>{' '}
              {/* It ages, which is not told again to those who hear it. */}
              <span aria-live="off">
                {words().arrived(ageText(Math.max(0, nowMs - (firstMs.get(row.host) ?? nowMs))))}
              </span>
            </p>
          ))
        )}
        {arrived.length > mostNamed ? (
          <p class="arrived">{words().more(arrived.length - mostNamed)}</p>
        ) : null}
      </div>
      {arrived.length === 0 ? (
        <details>
          <summary>{words().nothingYet}</summary>
          <ul>
            {words()
              .checks(location.origin)
              .map((check) => (
                <li key={check}>{check}</li>
              ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
}
