import { useEffect, useRef, useState } from 'preact/hooks';
import type { ShownUnit } from '../format.ts';
import type { Live } from '../live/live.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { later } from '../parts/later.tsx';
import { texts, unitText } from '../texts/texts.ts';
import { roleVariable } from '../theme.ts';
import { summaryOf } from './legend.ts';
import { mountChart } from './mountChart.ts';
import { type ChartSpec, crowded } from './specs.ts';
import type { ChartView } from './view.ts';

interface ChartProps {
  readonly spec: ChartSpec;
  readonly view: ChartView;
  readonly live: Live;
}

/** How wide figures get, in digits: what is rarer may still be wider. */
const widest: Record<ShownUnit, number> = {
  ...{ percent: 6, bytes: 9, bytesPerSecond: 9, bitsPerSecond: 11, perSecond: 8 },
  ...{ count: 6, load: 5, seconds: 7, celsius: 7, number: 7 },
};

const ChartTable = later(async () => (await import('./ChartTable.tsx')).ChartTable);

/** A panel: title, legend with the values under the cursor (else the newest), and the drawing, or its figures. */
export function Chart({ spec, view, live }: ChartProps) {
  const root = useRef<HTMLElement>(null);
  const [isTable, setTable] = useState(false);
  useEffect(() => {
    if (root.current) return mountChart(root.current, { spec, view, live });
    return undefined;
  }, [specKey(spec), view]);
  const Heading = spec.of ? 'h3' : 'h2';
  return (
    <section
      class={spec.of ? 'panel panel-low card' : 'panel card'}
      id={spec.id}
      ref={root}
      aria-labelledby={`${spec.id}-title`}
    >
      <header class="panel-head">
        <Heading id={`${spec.id}-title`}>
          <Name text={spec.of?.field ?? spec.title} /> <Note spec={spec} />
        </Heading>
        <span class="panel-tools">
          <time class="panel-time" />
          <button
            type="button"
            class="icon-button"
            aria-pressed={isTable}
            aria-label={`${texts.asTable}: ${visibleText(spec.title)}`}
            title={texts.asTable}
            onClick={() => setTable(!isTable)}
          >
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
              <path d="M1.5 2.5h13v11h-13zm0 3.5h13m-13 3.7h13M6 6v7.5" fill="none" stroke="currentColor" />
            </svg>
          </button>
        </span>
      </header>
      <Legend spec={spec} />
      {/* What is below the fold is not drawn yet; with its figures it is described when it is. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is read point by point with the keys, as by a pointer */}
      <div class="plot" role="img" tabIndex={0} aria-label={visibleText(spec.title)} hidden={isTable}>
        <span class="plot-near" />
      </div>
      <p class="visually-hidden" aria-live="polite" />
      {isTable ? <ChartTable spec={spec} view={view} /> : null}
    </section>
  );
}

function Legend({ spec }: { spec: ChartSpec }) {
  const isCrowded = spec.series.length > crowded;
  const entries = isCrowded
    ? summaryOf(spec).map((what) => texts[what])
    : spec.series.map(({ label }) => label);
  return (
    <ul
      class={isCrowded ? 'legend legend-summary' : 'legend'}
      style={{ '--figure': `${widest[spec.unit]}ch` }}
    >
      {entries.map((label, index) => (
        <li
          key={`${index} ${label}`}
          class={spec.series[index]?.limit ? 'limit' : ''}
          style={isCrowded ? {} : { '--series': `var(${roleVariable(spec.series[index]?.role ?? 'other')})` }}
        >
          {/* A single line has the chart's own name. */}
          {label === spec.of?.field ? null : (
            <span class="legend-label">
              <Name text={label} />
            </span>
          )}
          {isCrowded ? <b class="legend-name" /> : null}
          <b class="legend-value">–</b>
        </li>
      ))}
    </ul>
  );
}

/** The unit, and how many of the series are not drawn. */
function Note({ spec }: { spec: ChartSpec }) {
  return (
    <>
      <span class="unit panel-note">{unitText(spec.unit)}</span>
      {spec.leftOut > 0 ? <span class="unit"> {texts.seriesLeftOut(spec.leftOut)}</span> : null}
    </>
  );
}

/** Changes when other series are to be drawn, or in another unit, and only then. */
export function specKey(spec: ChartSpec): string {
  return `${spec.id}\n${spec.unit}\n${spec.series.map(({ group, field }) => `${group}\t${field}`).join('\n')}`;
}
