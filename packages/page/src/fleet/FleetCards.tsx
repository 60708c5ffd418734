import type { HostRow } from '../live/snapshots.ts';
import { NetworkRate } from '../parts/Figure.tsx';
import { Meter } from '../parts/Meter.tsx';
import { HostLink, useShownState } from '../parts/State.tsx';
import { texts } from '../texts/texts.ts';
import { Age } from './Age.tsx';
import { GroupHead } from './GroupHead.tsx';
import type { Line } from './groups.ts';
import { Load } from './Load.tsx';
import { RowTags } from './RowTags.tsx';
import { Sparkline } from './Sparkline.tsx';
import { useFleetPast } from './useFleetPast.ts';
import { topsOf, useNear } from './useNear.ts';
import type { ChangeView, FleetView } from './view.ts';

/** px with the gap after it; what style/fleet.css makes them. */
const cardPx = 180;
const tagsPx = 28;
const groupPx = 48;

interface FleetCardsProps {
  readonly lines: readonly Line[];
  readonly view: FleetView;
  readonly change: ChangeView;
  readonly time: number;
}

/** The fleet on a phone: a card per host, and only those near the window are there. */
export function FleetCards({ lines, view, change, time }: FleetCardsProps) {
  const tops = topsOf(lines, (line) => {
    if (line.kind === 'group') return groupPx;
    return cardPx + (line.row.tags.length > 0 ? tagsPx : 0);
  });
  const { list, near } = useNear<HTMLUListElement>(tops);
  return (
    <ul
      ref={list}
      class="fleet-cards"
      style={{ paddingTop: `${near.abovePx}px`, paddingBottom: `${near.belowPx}px` }}
    >
      {lines.slice(near.from, near.to).map((line, index) => {
        const place = { 'aria-posinset': near.from + index + 1, 'aria-setsize': lines.length };
        if (line.kind === 'host') {
          return (
            <li key={line.row.host} {...place}>
              <HostCard row={line.row} time={time} />
            </li>
          );
        }
        return (
          <li key={`=${line.value}`} class="group-card" {...place}>
            <GroupHead group={line} view={view} change={change} />
          </li>
        );
      })}
    </ul>
  );
}

function HostCard({ row, time }: { row: HostRow; time: number }) {
  const state = useShownState(row.state);
  const past = useFleetPast();
  return (
    <div class={`card host-card row-${state}`}>
      <div class="host-card-head">
        <HostLink host={row.host} state={state} />
        <Age row={row} time={time} />
      </div>
      <dl class="host-card-meters">
        <dt>{texts.cpu}</dt>
        <dd class="sparked">
          <Meter kind="cpu" percent={row.cpu} />
          <Sparkline values={past.valuesOf(row.host, 'cpu')} />
        </dd>
        <dt>{texts.memory}</dt>
        <dd class="sparked">
          <Meter kind="memory" percent={row.memory} />
          <Sparkline values={past.valuesOf(row.host, 'memory')} />
        </dd>
        <dt>{texts.disk}</dt>
        <dd>
          <Meter kind="disk" percent={row.disk} />
        </dd>
      </dl>
      <dl class="host-card-figures">
        <div>
          <dt>{texts.load}</dt>
          <dd>
            <Load load1={row.load1} cores={row.cores} />
          </dd>
        </div>
        <div>
          <dt>{texts.netIn}</dt>
          <dd>
            <NetworkRate value={row.netIn} />
          </dd>
        </div>
        <div>
          <dt>{texts.netOut}</dt>
          <dd>
            <NetworkRate value={row.netOut} />
          </dd>
        </div>
      </dl>
      <RowTags tags={row.tags} room={`${innerWidth}`} />
    </div>
  );
}
