// The questions of the table `store`: how each store is asked, and both answers in one form, so that they can be
// compared: { 'cpu|cpu-total|usage_user': [value per bucket] }, null where there is none.
import { panels } from '../packages/hostcast/dist/metrics/catalogue.js';
import { kindOf } from '../packages/hostcast/dist/metrics/kinds.js';
import { measurementOf } from '../packages/hostcast/dist/metrics/measurements.js';
import { chooseBucketMs } from '../packages/hostcast/dist/store/buckets.js';
import { hostNames, intervalMs } from './support/fleet.mjs';

const hour = 3_600_000;
/** How far answers may be apart: sums in another order; means in cells have the 24 bits of a float of 32. */
const ofSamples = 1e-9;
const ofCells = 2e-7;
const latestFields = ['usage_user', 'usage_system', 'usage_idle'];

/** `{ name, goal, tolerance, askStore, readStore, askInflux, readInflux }` of each question. */
export function queriesOf({ hosts, startMs, endMs, stepMs = intervalMs }) {
  const host = hostNames(hosts).at(Math.floor(hosts / 2));
  const hours = (endMs - startMs) / hour;
  const span = hours >= 72 ? `${Math.round(hours / 24)} d` : `${Number(hours.toFixed(1))} h`;
  const data = { startMs, endMs, stepMs };
  const charts = (name, goal, shownHours) => chartsOf(name, goal, host, rangeOf(shownHours, 300, data));
  if (stepMs > intervalMs) return [charts(`host ${span}, 11 charts, from 10 min cells`, 0.25, hours)];
  const list = [latestOfAll(endMs), charts('host 1 h, 11 charts', 0.25, 1)];
  if (hours > 1) list.push(charts(`host ${span}, 11 charts`, 0.3, hours));
  const range = rangeOf(hours, 90, data);
  // No width that cells of a minute add up to: the samples have to be read.
  const unlike = { ...data, bucketMs: range.bucketMs + (range.bucketMs % 60_000 === 0 ? intervalMs : 0) };
  list.push(fleetCpu(`fleet ${span}, from samples`, 0.25, rangeOf(hours, 90, unlike)));
  const alike = { ...data, bucketMs: Math.ceil(range.bucketMs / 60_000) * 60_000 };
  list.push(fleetCpu(`fleet ${span}, from 1 min cells`, 0.05, rangeOf(hours, 90, alike)));
  return list;
}

/** The range that ends with the data, cut to whole buckets. */
function rangeOf(hours, points, { startMs, endMs, stepMs, bucketMs: given }) {
  const wantedMs = Math.min(hours * hour, endMs - startMs);
  const bucketMs = given ?? chooseBucketMs(endMs - wantedMs, endMs, points, stepMs);
  const toMs = Math.floor(endMs / bucketMs) * bucketMs;
  const fromMs = Math.max(Math.ceil(startMs / bucketMs), Math.ceil((toMs - wantedMs) / bucketMs)) * bucketMs;
  return { fromMs, toMs, bucketMs, stepMs };
}

function latestOfAll(endMs) {
  const selection = { measurement: 'cpu', tags: [['cpu', 'cpu-total']], fields: latestFields };
  const statement =
    `SELECT host, ${latestFields.join(', ')} FROM cpu WHERE cpu = 'cpu-total' ` +
    `AND time >= ${endMs - intervalMs}ms AND time < ${endMs}ms`;
  return {
    name: 'latest 3 fields of all hosts',
    goal: 0.1,
    tolerance: ofSamples,
    askStore: (store) => store.latest([selection]),
    readStore: ([[table]]) =>
      Object.fromEntries(
        table.series.flatMap((tags, row) =>
          table.fields.map((field, column) => [
            `${tagOf(tags, 'host')}|${field}`,
            [table.values[row * table.fields.length + column]],
          ]),
        ),
      ),
    askInflux: (influx) => influx.query(statement),
    readInflux: ([[series]]) =>
      Object.fromEntries(
        series.values.flatMap(([, host, ...values]) =>
          values.map((value, index) => [`${host}|${latestFields[index]}`, [value]]),
        ),
      ),
  };
}

/** The charts of one host's page: all that the catalogue draws. */
function chartsOf(name, goal, host, range) {
  const charts = panels.map((panel) => ({
    measurement: panel.measurement,
    group: measurementOf(panel.measurement).groupBy,
    tags: [['host', host], ...('only' in (panel.groups ?? {}) ? [['cpu', panel.groups.only]] : [])],
    fields: panel.series.map(({ field }) => field),
  }));
  return historyQuery(name, goal, charts, range);
}

/** One line per host: what the fleet's page draws beside each name. */
function fleetCpu(name, goal, range) {
  const chart = { measurement: 'cpu', group: 'host', tags: [['cpu', 'cpu-total']], fields: ['usage_idle'] };
  return historyQuery(name, goal, [chart], range);
}

function historyQuery(name, goal, charts, range) {
  const statements = charts.map((chart) => statementOf(chart, range)).join('; ');
  const { fromMs, toMs, bucketMs } = range;
  return {
    name,
    goal,
    tolerance: bucketMs % 60_000 === 0 ? ofCells : ofSamples,
    askStore: (store) =>
      Promise.all(
        charts.map(({ measurement, tags, fields }) =>
          store.history({ selection: { measurement, tags, fields }, fromMs, toMs, bucketMs }),
        ),
      ),
    readStore: (histories) =>
      Object.fromEntries(histories.flatMap((history, i) => readHistory(history, charts[i]))),
    askInflux: (influx) => influx.query(statements),
    readInflux: (answers) =>
      Object.fromEntries(answers.flatMap((answer, i) => readSeries(answer, charts[i], range))),
  };
}

/** Rates from raw samples in a sub-query: taken of buckets they would be wrong (see docs/influxdb.md). */
function statementOf({ measurement, group, tags, fields }, { fromMs, toMs, bucketMs, stepMs }) {
  const chosen = tags.map(([key, value]) => `"${key}" = '${value}'`).join(' AND ');
  const by = group === undefined ? '' : `, "${group}"`;
  const isCounter = kindOf(measurement, fields[0]) === 'counter';
  const time = `time >= ${isCounter ? fromMs - stepMs : fromMs}ms AND time < ${toMs}ms`;
  const means = (names) => names.map((field) => `mean("${field}")`).join(', ');
  if (!isCounter) {
    return `SELECT ${means(fields)} FROM "${measurement}" WHERE ${chosen} AND ${time} GROUP BY time(${bucketMs}ms)${by} fill(none)`;
  }
  const rates = fields.map((field) => `non_negative_derivative("${field}", 1s) AS "${field}"`).join(', ');
  const inner = `SELECT ${rates} FROM "${measurement}" WHERE ${chosen} AND ${time}${group ? ` GROUP BY "${group}"` : ''}`;
  return `SELECT ${means(fields)} FROM (${inner}) WHERE ${time} GROUP BY time(${bucketMs}ms)${by} fill(none)`;
}

function readHistory({ series }, { measurement, group }) {
  return series.flatMap(({ tags, columns }) =>
    [...columns].map(([field, values]) => [
      `${measurement}|${group === undefined ? '' : tagOf(tags, group)}|${field}`,
      Array.from(values, (value) => (Number.isNaN(value) ? null : value)),
    ]),
  );
}

function readSeries(answer, { measurement, group, fields }, { fromMs, toMs, bucketMs }) {
  return answer.flatMap(({ tags = {}, values: rows }) =>
    fields.map((field, column) => {
      const values = new Array((toMs - fromMs) / bucketMs).fill(null);
      for (const row of rows) {
        const bucket = (row[0] - fromMs) / bucketMs;
        if (bucket >= 0) values[bucket] = row[column + 1];
      }
      return [`${measurement}|${group === undefined ? '' : tags[group]}|${field}`, values];
    }),
  );
}

function tagOf(tags, key) {
  return tags.find(([name]) => name === key)?.[1] ?? '';
}

/** What two answers differ in, in words; undefined where they are the same but for that share of a value. */
export function differenceOf(ours, theirs, tolerance) {
  const [names, otherNames] = [Object.keys(ours).sort(), Object.keys(theirs).sort()];
  const alone = names.find((name) => !(name in theirs)) ?? otherNames.find((name) => !(name in ours));
  if (alone !== undefined)
    return `${alone} is in one answer only (${names.length} and ${otherNames.length} series)`;
  for (const name of names) {
    if (ours[name].length !== theirs[name].length)
      return `${name} has ${ours[name].length} and ${theirs[name].length} buckets`;
    const bucket = ours[name].findIndex((value, index) => !isSame(value, theirs[name][index], tolerance));
    if (bucket >= 0) return `${name}, bucket ${bucket}: ${ours[name][bucket]} and ${theirs[name][bucket]}`;
  }
  return undefined;
}

function isSame(a, b, tolerance) {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}
