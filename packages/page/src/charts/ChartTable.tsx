import { valueText } from '../format.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { texts } from '../texts/texts.ts';
import { fullTime } from '../times.ts';
import { chartData } from './chartData.ts';
import { type ChartSpec, figureUnit } from './specs.ts';
import { type ChartView, stretchAt } from './view.ts';

/** More rows nobody reads, and each is laid out anew with every tick. */
const mostRows = 300;

interface ChartTableProps {
  readonly spec: ChartSpec;
  readonly view: ChartView;
}

/** What a chart shows in figures, the newest first. */
export function ChartTable({ spec, view }: ChartTableProps) {
  const { source, span } = view.shown.value;
  void source.revision.value;
  const stretch = stretchAt(span, view.nowMs());
  const data = chartData(spec, source.timeline.times, source.timeline.columns, stretch);
  const unitOf = (index: number) => (spec.series[index] ? figureUnit(spec, spec.series[index]) : spec.unit);
  const rows = [...data.times.keys()]
    .filter((at) => data.values.some((values) => (values[at] ?? null) !== null))
    .slice(-mostRows)
    .toReversed();
  return (
    <section
      class="chart-table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, by keyboard too
      tabIndex={0}
      aria-label={`${texts.asTable}: ${visibleText(spec.title)}`}
      onKeyDown={(event) => {
        // The arrows scroll here, and don't lead to another host.
        if (event.key.startsWith('Arrow')) event.stopPropagation();
      }}
    >
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.time}</th>
            {spec.series.map(({ label, fullName }, index) => (
              <th key={index} scope="col" title={fullName}>
                <Name text={label} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((at) => (
            <tr key={data.times[at]}>
              <th scope="row">{fullTime(data.times[at] ?? 0)}</th>
              {data.values.map((values, index) => (
                <td key={index}>{valueText(values[at], unitOf(index))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
