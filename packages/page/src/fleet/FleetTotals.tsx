import type { ComponentChildren } from 'preact';
import type { SparkColumn } from '../live/fleetHistory.ts';
import { useLive } from '../live/live.ts';
import type { Fleet, HostRow } from '../live/snapshots.ts';
import { Figure, NetworkRate } from '../parts/Figure.tsx';
import { texts } from '../texts/texts.ts';
import { GravityCounts } from './GravityCounts.tsx';
import { countedBy } from './groups.ts';
import { Sparkline } from './Sparkline.tsx';
import { StateCounts } from './StateCounts.tsx';
import { isReporting, totalsOf } from './totals.ts';
import { useFleetPast } from './useFleetPast.ts';
import type { ChangeView, FleetView } from './view.ts';

interface FleetTotalsProps {
  readonly fleet: Fleet;
  readonly shown: readonly HostRow[];
  readonly view: FleetView;
  readonly change: ChangeView;
}

/**
 * `3 hosts  ● 2 live  ▲ 1 stale  ◆ 1 critical` of what the other choices leave, a click leaving only those, and of what
 * is not known the store's reason; then mean and sum of what is shown.
 */
export function FleetTotals({ fleet: { hosts, source }, shown, view, change }: FleetTotalsProps) {
  const isLate = useLive().isLate.value;
  const totals = totalsOf(shown);
  const inState = countedBy(hosts, view, 'state');
  const known = isLate ? 0 : inState.filter(({ state }) => state !== 'unknown').length;
  const reason = source === 'live' ? '' : source;
  return (
    <div class="totals">
      <div class="counts">
        <b role="status">
          {shown.length < hosts.length
            ? texts.shownOf(shown.length, hosts.length)
            : texts.hosts(hosts.length)}
        </b>
        <StateCounts hosts={inState} chosen={view.state} choose={(state) => change({ state })} />
        <GravityCounts
          hosts={countedBy(hosts, view, 'gravity')}
          chosen={view.gravity}
          choose={(gravity) => change({ gravity })}
        />
        {known < inState.length ? (
          <span class="muted">{texts.statesUnknown(known === 0 ? 0 : inState.length - known, reason)}</span>
        ) : null}
      </div>
      {shown.length > 1 ? (
        <dl class="sums">
          <Sum title={texts.cpu} hint={texts.meanOfShown}>
            <Figure value={totals.cpu} unit="percent" />
            <MeanLine hosts={shown} column="cpu" />
          </Sum>
          <Sum title={texts.memory} hint={texts.meanOfShown}>
            <Figure value={totals.memory} unit="percent" />
            <MeanLine hosts={shown} column="memory" />
          </Sum>
          <Sum title={texts.netIn} hint={texts.sumOfShown}>
            <NetworkRate value={totals.netIn} />
          </Sum>
          <Sum title={texts.netOut} hint={texts.sumOfShown}>
            <NetworkRate value={totals.netOut} />
          </Sum>
        </dl>
      ) : null}
    </div>
  );
}

interface SumProps {
  readonly title: string;
  readonly hint: string;
  readonly children: ComponentChildren;
}

function Sum({ title, hint, children }: SumProps) {
  return (
    <div title={hint}>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function MeanLine({ hosts, column }: { hosts: readonly HostRow[]; column: SparkColumn }) {
  return <Sparkline values={useFleetPast().meanOf(hosts.filter(isReporting), column)} />;
}
