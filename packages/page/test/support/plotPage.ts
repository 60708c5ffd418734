// What plot.browser.ts runs inside of Chromium: our drawing, and uPlot doing the same work.
import uPlot from 'uplot';
import { chartData } from '../../src/charts/chartData.ts';
import { gapSpans } from '../../src/charts/gaps.ts';
import { createPlot, type Drawing } from '../../src/charts/plot.ts';
import type { ChartSpec } from '../../src/charts/specs.ts';
import { createPlot as createCanvas, type Picture } from '../../src/plot/plot.ts';

const charts = 40;
const points = 360;
/** A round draws each chart so many times. */
const ticks = 20;
const fields = ['user', 'system', 'iowait', 'irq'] as const;
const colours = ['#0072b2', '#d97706', '#9b4f86', '#00805c'];
const startMs = 1_760_000_000_000;

const spec: ChartSpec = {
  id: 'cpu',
  title: 'CPU',
  subtitle: '',
  unit: 'percent',
  isStacked: true,
  max: 100,
  leftOut: 0,
  series: fields.map((field) => ({
    label: field,
    fullName: field,
    role: field,
    measurement: 'cpu',
    group: '',
    field,
    below: false,
    limit: false,
    subtractFrom: undefined,
    scale: 1,
  })),
};

/** What both are given of a tick: made once, because making it is neither's work. */
const given = Array.from({ length: ticks + 1 }, (_, tick) => {
  const values = fields.map((_, field) =>
    Array.from({ length: points }, (_, index) => {
      const at = index + tick;
      return 8 + 6 * Math.sin(at / (9 + field)) + ((at * 2_654_435_761 * (field + 1)) % 97) / 30;
    }),
  );
  const stacked = values.map((_, field) =>
    Array.from({ length: points }, (_, index) =>
      values.slice(0, field + 1).reduce((sum, own) => sum + (own[index] ?? 0), 0),
    ),
  );
  const times = Array.from({ length: points }, (_, index) => startMs + (index + tick) * 1_000);
  const columns = new Map([
    ['cpu', new Map([['', new Map(fields.map((field, at) => [field, values[at] ?? []]))]])],
  ]);
  return { times, columns, aligned: [times, ...stacked.toReversed()] satisfies uPlot.AlignedData };
});

type DrawTick = (tick: number) => void;

/** One of our charts: what a tick costs it, stacking and gaps included. */
function ours(place: HTMLElement): DrawTick {
  const drawingAt = (tick: number): Drawing => {
    const { times, columns } = given[tick] ?? { times: [], columns: new Map() };
    const data = chartData(spec, times, columns);
    const toMs = times.at(-1) ?? 0;
    const gaps = gapSpans(data.times, data.drawn, toMs).map(([from, to]) => ({
      ...{ fromMs: from, toMs: to },
      text: '',
    }));
    return { data, fromMs: times[0] ?? 0, toMs, gaps };
  };
  const plot = createPlot(place, spec, drawingAt(0), { onCursor() {}, onZoom() {} });
  return (tick) => plot.draw(drawingAt(tick));
}

/** A plain uPlot, told as little as it needs, of data that were stacked beforehand. */
function plain(place: HTMLElement): DrawTick {
  const series = fields.map((_, index) => {
    const colour = colours[index] ?? '';
    return { stroke: colour, fill: `${colour}40`, width: 1.5 };
  });
  const plot = new uPlot(
    {
      width: place.clientWidth,
      height: 180,
      ms: 1,
      legend: { show: false },
      scales: { y: { range: [0, 100] } },
      series: [{}, ...series.toReversed()],
      bands: [1, 2, 3].map((at) => ({ series: [at, at + 1] })),
    },
    given[0]?.aligned ?? [[]],
    place,
  );
  return (tick) => plot.setData(given[tick]?.aligned ?? [[]]);
}

const frame = (): Promise<number> => new Promise(requestAnimationFrame);

Object.assign(globalThis, {
  /** Makes 40 charts, and then draws all of them in each of 20 frames. */
  async drawTicks(kind: 'ours' | 'plain') {
    document.body.className = 'panels';
    document.body.replaceChildren();
    const draws = Array.from({ length: charts }, () => {
      const place = document.createElement('div');
      place.className = 'plot';
      document.body.append(place);
      return kind === 'ours' ? ours(place) : plain(place);
    });
    for (let tick = 1; tick <= ticks; tick++) {
      for (const draw of draws) draw(tick);
      await frame();
    }
    return document.querySelectorAll('canvas').length;
  },
  /** Draws one picture; what is told of the pointer is kept in `heard`. */
  drawPicture(picture: Picture) {
    const place = document.createElement('div');
    place.className = 'plot';
    place.style.width = '368px';
    document.body.replaceChildren(place);
    const heard: unknown[] = [];
    const plot = createCanvas(
      place,
      {
        onCursor: (timeMs) => heard.push(['cursor', timeMs]),
        onZoom: (fromMs, toMs) => heard.push(['zoom', Math.round(fromMs), Math.round(toMs)]),
      },
      180,
    );
    plot.draw(picture);
    Object.assign(globalThis, { plot, heard });
  },
  /** The colour of a CSS px of the drawing, `rrggbbaa`; '00000000' where nothing was drawn. */
  colourAt(x: number, y: number): string {
    const ctx = document.querySelector('canvas')?.getContext('2d');
    const ratio = devicePixelRatio;
    const data = ctx?.getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data ?? [];
    return [...data].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  },
});
