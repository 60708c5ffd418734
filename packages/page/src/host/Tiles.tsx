import type { HostSnapshot } from 'hostcast/snapshots';
import type { ComponentChildren } from 'preact';
import { valueText } from '../format.ts';
import type { HostRow } from '../live/snapshots.ts';
import { visibleText } from '../names/visible.ts';
import { Figure, NetworkRate } from '../parts/Figure.tsx';
import { gravity, loadGravity, type MeterKind } from '../parts/gravity.ts';
import { Bar } from '../parts/Meter.tsx';
import { texts } from '../texts/texts.ts';
import { fullestMount, gaugeOf } from './gaugeOf.ts';

interface TilesProps {
  readonly row: HostRow | undefined;
  readonly snapshot: HostSnapshot | undefined;
}

/** How the host is now, in eight figures; each leads to its chart, or to what is said in its place. */
export function Tiles({ row, snapshot }: TilesProps) {
  const mount = fullestMount(snapshot);
  return (
    <section class="tiles" aria-label={texts.overview}>
      <PercentTile
        panel="cpu"
        title={texts.cpu}
        percent={row?.cpu}
        detail={row?.cores == null ? '' : texts.cores(row.cores)}
      />
      <PercentTile
        panel="memory"
        title={texts.memory}
        percent={row?.memory}
        detail={usedOf(gaugeOf(snapshot, 'mem', 'used'), gaugeOf(snapshot, 'mem', 'total'))}
      />
      <SwapTile percent={row?.swap} snapshot={snapshot} />
      <Tile panel="load" title={texts.load} tone={row ? loadGravity(row) : ''}>
        <Figure value={row?.load1} unit="load" />
        <Detail>{row?.cores == null ? '' : texts.ofCores(row.cores)}</Detail>
      </Tile>
      <PercentTile
        panel="disk"
        title={texts.fullestDisk}
        percent={row?.disk}
        detail={mount ? <Mount {...mount} /> : ''}
      />
      <TwoWay
        panel="diskio"
        title={texts.diskIo}
        ways={[
          [texts.read, <Figure key="read" value={row?.diskRead} unit="bytesPerSecond" />],
          [texts.written, <Figure key="write" value={row?.diskWrite} unit="bytesPerSecond" />],
        ]}
        detail={row?.diskBusy == null ? '' : `${valueText(row.diskBusy, 'percent')} ${texts.busy}`}
      />
      <TwoWay
        panel="net"
        title={texts.network}
        ways={[
          [texts.received, <NetworkRate key="in" value={row?.netIn} />],
          [texts.sent, <NetworkRate key="out" value={row?.netOut} />],
        ]}
        detail=""
      />
      <ProcessTile snapshot={snapshot} />
    </section>
  );
}

/** A mount and its size. Of a long path the middle is left out: its end tells it from others. */
function Mount({ path, used, total }: NonNullable<ReturnType<typeof fullestMount>>) {
  const cut = path.lastIndexOf('/', path.length - 2);
  return (
    <span class="mount">
      <span class="mount-path" title={visibleText(path)}>
        <span>{visibleText(path.slice(0, cut))}</span>
        <span>{visibleText(path.slice(cut))}</span>
      </span>
      <span>{usedOf(used, total)}</span>
    </span>
  );
}

function usedOf(used: number | null, total: number | null): string {
  return used === null || total === null
    ? ''
    : texts.usedOf(valueText(used, 'bytes'), valueText(total, 'bytes'));
}

interface TileProps {
  readonly panel: string;
  readonly title: string;
  readonly tone?: string;
  readonly children: ComponentChildren;
}

function Tile({ panel, title, tone = '', children }: TileProps) {
  return (
    <a class={`tile card ${tone}`} href={`#${panel}`}>
      <span class="tile-title">{title}</span>
      {children}
    </a>
  );
}

function Detail({ children }: { children: ComponentChildren }) {
  return <span class="tile-detail">{children}</span>;
}

interface PercentTileProps {
  readonly panel: MeterKind;
  readonly title: string;
  readonly percent: number | null | undefined;
  readonly detail: ComponentChildren;
}

function PercentTile({ panel, title, percent, detail }: PercentTileProps) {
  return (
    <Tile panel={panel} title={title} tone={gravity(panel, percent)}>
      <Figure value={percent} unit="percent" />
      <Bar percent={percent} />
      <Detail>{detail}</Detail>
    </Tile>
  );
}

function SwapTile({
  percent,
  snapshot,
}: {
  percent: number | null | undefined;
  snapshot: HostSnapshot | undefined;
}) {
  const total = gaugeOf(snapshot, 'swap', 'total');
  if (total === 0) {
    return (
      <span class="tile card">
        <span class="tile-title">{texts.swap}</span>
        <span class="figure unknown">{texts.none}</span>
      </span>
    );
  }
  const detail = usedOf(gaugeOf(snapshot, 'swap', 'used'), total);
  return <PercentTile panel="swap" title={texts.swap} percent={percent} detail={detail} />;
}

function ProcessTile({ snapshot }: { snapshot: HostSnapshot | undefined }) {
  const total = gaugeOf(snapshot, 'processes', 'total');
  const blocked = gaugeOf(snapshot, 'processes', 'blocked') ?? 0;
  const details = [
    total === null ? '' : texts.ofProcesses(total),
    blocked > 0 ? texts.blocked(blocked) : '',
  ].filter(Boolean);
  return (
    <Tile panel="processes" title={texts.processes}>
      <span class="tile-way">
        <Figure value={gaugeOf(snapshot, 'processes', 'running')} unit="count" />{' '}
        <span class="tile-way-label">{texts.running}</span>
      </span>
      <Detail>{details.join(' · ')}</Detail>
    </Tile>
  );
}

interface TwoWayProps {
  readonly panel: string;
  readonly title: string;
  readonly ways: readonly (readonly [label: string, figure: ComponentChildren])[];
  readonly detail: string;
}

function TwoWay({ panel, title, ways, detail }: TwoWayProps) {
  return (
    <Tile panel={panel} title={title}>
      {ways.map(([label, figure]) => (
        <span key={label} class="tile-way">
          {figure} <span class="tile-way-label">{label}</span>
        </span>
      ))}
      <Detail>{detail}</Detail>
    </Tile>
  );
}
