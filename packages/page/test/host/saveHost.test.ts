import { expect, test } from 'vitest';
import { hostCsv, hostJson } from '../../src/host/saveHost.ts';
import { Timeline } from '../../src/live/timeline.ts';

function shownHost() {
  const timeline = new Timeline();
  for (const [timeMs, used] of [
    [0, 1],
    [10_000, 2],
    [20_000, 3],
    [90_000, 4],
  ] as const) {
    timeline.append({ timeMs, panels: { mem: { used }, cpu: { '=cpu,0': { usage_user: used } } } }, 10_000);
  }
  const { times, columns } = timeline;
  return { host: 'web-1', times, columns, fromMs: 10_000, toMs: 90_000 };
}

test('a host is saved as a table of what is shown, without the points that stand for a gap', () => {
  expect(hostCsv(shownHost())).toBe(
    '\ufefftime,mem.used,"cpu.=cpu,0.usage_user"\r\n' +
      '1970-01-01T00:00:10.000Z,2,2\r\n' +
      '1970-01-01T00:00:20.000Z,3,3\r\n' +
      '1970-01-01T00:01:30.000Z,4,4\r\n',
  );
});

test('a host is saved as JSON in the form in which the API gives history', () => {
  expect(JSON.parse(hostJson(shownHost()))).toEqual({
    host: 'web-1',
    times: [10_000, 20_000, 90_000],
    panels: { mem: { used: [2, 3, 4] }, cpu: { '=cpu,0': { usage_user: [2, 3, 4] } } },
  });
});
