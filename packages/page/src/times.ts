const locale = 'en-GB';
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const seconds = new Intl.DateTimeFormat(locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });

/** The texts of a time axis whose ticks are `stepMs` apart: 24 h, the date where a day begins. */
export function timeAxisTexts(times: readonly number[], stepMs: number): string[] {
  return times.map((time) => {
    const moment = new Date(time);
    const isDayStart = moment.getHours() === 0 && moment.getMinutes() === 0 && moment.getSeconds() === 0;
    if (stepMs >= dayMs || isDayStart) return date.format(moment);
    return (stepMs < minuteMs ? seconds : clock).format(moment);
  });
}

/** Those of an axis' texts that fit when centred on their places, px from its left end to `endPx`; '' for others. */
export function fittingTexts(
  texts: readonly string[],
  {
    placesPx,
    endPx,
    widthPx,
  }: { placesPx: readonly number[]; endPx: number; widthPx: (text: string) => number },
): string[] {
  return texts.map((text, index) => ((placesPx[index] ?? 0) + widthPx(text) / 2 <= endPx ? text : ''));
}

/** A point in time under the cursor: with the date where the range is longer than a day. */
export function cursorTime(timeMs: number, rangeMs: number): string {
  if (rangeMs > dayMs) return `${date.format(timeMs)}, ${clock.format(timeMs)}`;
  return seconds.format(timeMs);
}

/** Date and time in full, for tooltips. */
export function fullTime(timeMs: number): string {
  return full.format(timeMs);
}
