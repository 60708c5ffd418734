import type { HostSnapshot } from 'hostcast/snapshots';
import { sortHosts } from '../fleet/order.ts';
import { ageText, durationText, valueText } from '../format.ts';
import { hostAgeMs } from '../live/age.ts';
import { useLive } from '../live/live.ts';
import { type HostRow, type KnownState, tagList } from '../live/snapshots.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { hostPath } from '../parts/hostPath.ts';
import { State } from '../parts/State.tsx';
import { standing } from '../parts/standing.ts';
import { Tags } from '../parts/Tags.tsx';
import { useLocation } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { gaugeOf } from './gaugeOf.ts';

interface HostHeaderProps {
  readonly host: string;
  readonly row: HostRow | undefined;
  readonly snapshot: HostSnapshot | undefined;
  /** Now, also where all else stands still. */
  readonly state: KnownState | undefined;
  /** True where snapshots no longer come, so that the state may be another by now. */
  readonly isLate: boolean;
}

/** What the host is: name, state, facts, tags, and its neighbours in the fleet. */
export function HostHeader({ host, row, snapshot, state, isLate }: HostHeaderProps) {
  const isStill = standing.value !== undefined;
  const uptime = row?.uptime ?? gaugeOf(snapshot, 'system', 'uptime');
  const cores = row?.cores ?? gaugeOf(snapshot, 'system', 'n_cpus');
  const total = gaugeOf(snapshot, 'mem', 'total');
  const facts = [
    uptime === null ? '' : texts.up(durationText(uptime * 1_000)),
    cores === null ? '' : texts.cores(cores),
    total === null ? '' : texts.memoryOf(valueText(total, 'bytes')),
  ].filter(Boolean);
  return (
    <header class="host-header">
      <a class="back" href="/">
        <span aria-hidden="true">←</span> {texts.fleet}
      </a>
      <h1>
        <Name text={host} />
      </h1>
      {isStill ? <Still /> : null}
      {state === undefined || isLate || (isStill && state === 'live') ? null : <State state={state} />}
      {row && (isLate || (state !== 'live' && !isStill)) ? <LastSeen row={row} /> : null}
      <p class="facts">{facts.join(' · ')}</p>
      <Tags tags={row?.tags ?? tagList(snapshot?.tags)} />
      <Neighbours host={host} />
    </header>
  );
}

/** That the figures are not those of now. */
function Still() {
  return (
    <span class="state">
      <span aria-hidden="true">‖</span> {standing.value?.kind === 'past' ? texts.past : texts.paused}
    </span>
  );
}

function LastSeen({ row }: { row: HostRow }) {
  const ageMs = hostAgeMs(row, useLive().serverMs.value);
  return ageMs === null ? null : <span class="age">{texts.lastSeen(ageText(ageMs))}</span>;
}

function Neighbours({ host }: { host: string }) {
  // Read so that the links lead to what is shown of this host: the same time, the same tab.
  void useLocation().url;
  const hosts = sortHosts(useLive().fleet.value?.hosts ?? [], { key: 'host', isDescending: false });
  const at = hosts.findIndex((row) => row.host === host);
  if (at === -1 || hosts.length < 2) return null;
  return (
    <nav class="neighbours" aria-label={texts.hosts(hosts.length)}>
      <Neighbour row={hosts[at - 1]} shortcut="ArrowLeft" shape="‹" label={texts.previousHost} />
      <Neighbour row={hosts[at + 1]} shortcut="ArrowRight" shape="›" label={texts.nextHost} />
    </nav>
  );
}

interface NeighbourProps {
  readonly row: HostRow | undefined;
  readonly shortcut: string;
  readonly shape: string;
  readonly label: string;
}

function Neighbour({ row, shortcut, shape, label }: NeighbourProps) {
  if (!row) {
    return (
      <span class="icon-button" aria-hidden="true">
        {shape}
      </span>
    );
  }
  const text = `${label}: ${visibleText(row.host)}`;
  return (
    <a
      class="icon-button"
      href={hostPath(row.host) + location.search}
      title={text}
      aria-label={text}
      aria-keyshortcuts={shortcut}
    >
      {shape}
    </a>
  );
}
