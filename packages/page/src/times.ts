import { computed, signal } from '@preact/signals';
import { openPreference, preference } from './preference.ts';
import { type Language, language } from './texts/texts.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** So many quarters of an hour are remembered with their zone's offset. */
const mostOffsets = 1_000;

/** Whether hours are counted to 24 or to 12. */
export const hoursChoice = preference('hours', ['24', '12']);

/** The zone in which times are told, by its IANA name; `local` is this machine's. */
export const timeZoneChoice = openPreference('timeZone', 'local', readZone);

/** The zone that the address asks for (`?tz=Asia/Seoul`), so that a link says the same to everybody; '' for none. */
const addressed = signal(readZone(new URLSearchParams(globalThis.location?.search).get('tz') ?? '') ?? '');

/** How times are told now. */
interface Style {
  readonly language: Language;
  readonly zone: string;
  readonly hours: '24' | '12';
}

/** The zone that is shown; `local` for this machine's. */
export const timeZone = computed(() => addressed.value || timeZoneChoice.value);

const formats = computed(() =>
  formatsOf({ language: language.value, zone: timeZone.value, hours: hoursChoice.value }),
);

/** Tells times in this zone from now on, whatever the address asked for. */
export function chooseTimeZone(zone: string): void {
  addressed.value = '';
  timeZoneChoice.value = readZone(zone) ?? 'local';
}

/** The name under which a time zone is known here; undefined where there is none. */
function readZone(name: string): string | undefined {
  if (name === 'local') return name;
  try {
    return name === ''
      ? undefined
      : new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function formatsOf({ language: shown, zone, hours }: Style) {
  const locale = shown === 'ko' ? 'ko-KR' : 'en-GB';
  const timeZone = zone === 'local' ? undefined : zone;
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(locale, { timeZone, hourCycle: hours === '12' ? 'h12' : 'h23', ...options });
  const hour = hours === '12' ? 'numeric' : '2-digit';
  return {
    clock: format({ hour, minute: '2-digit' }),
    seconds: format({ hour, minute: '2-digit', second: '2-digit' }),
    date: format({ day: 'numeric', month: 'short' }),
    full: format({ dateStyle: 'medium', timeStyle: 'medium' }),
    offsets: new Map<number, number>(),
    wall: new Intl.DateTimeFormat('en', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    }),
  };
}

/** The time that the clocks of the shown zone say, as if they stood in UTC, epoch ms: days begin at multiples of a day. */
export function wallMs(timeMs: number): number {
  return timeMs + wallOffsetMs(timeMs);
}

/** How far the clocks of the shown zone are ahead of UTC at a time, ms. */
export function wallOffsetMs(timeMs: number): number {
  const { wall, offsets } = formats.value;
  // Clocks are changed at full quarters of an hour, and asking is slow.
  const quarter = Math.floor(timeMs / (15 * minuteMs));
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const part = new Map(wall.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => part.get(type) ?? 0;
  const [year, month, day] = [of('year'), of('month') - 1, of('day')];
  const wholeSeconds = Date.UTC(year, month, day, of('hour'), of('minute'), of('second'));
  const offset = wholeSeconds - Math.floor(timeMs / 1_000) * 1_000;
  if (offsets.size === mostOffsets) offsets.clear();
  offsets.set(quarter, offset);
  return offset;
}

/** The time at which the clocks of the shown zone say this; where they say it twice, the first, or never, one nearby. */
function timeOfWall(wall: number): number {
  const guess = wall - (wallMs(wall) - wall);
  return wall - (wallMs(guess) - guess);
}

/** As a field for date and time has it, in the shown zone: `2026-11-23T09:30:00`. */
export function wallText(timeMs: number): string {
  return new Date(wallMs(timeMs)).toISOString().slice(0, 19);
}

/** The time that such a field says, epoch ms; NaN where it says none. */
export function readWallText(text: string): number {
  const wall = Date.parse(`${text}Z`);
  return Number.isNaN(wall) ? wall : timeOfWall(wall);
}

/** The texts of a time axis whose ticks are `stepMs` apart: hours and minutes, the date where a day begins. */
export function timeAxisTexts(times: readonly number[], stepMs: number): string[] {
  const { clock, seconds, date } = formats.value;
  return times.map((time) => {
    if (stepMs >= dayMs || wallMs(time) % dayMs === 0) return date.format(time);
    return (stepMs < minuteMs ? seconds : clock).format(time);
  });
}

/** A point in time under the cursor: with the date where the range is longer than a day. */
export function cursorTime(timeMs: number, rangeMs: number): string {
  const { clock, seconds, date } = formats.value;
  if (rangeMs > dayMs) return `${date.format(timeMs)}, ${clock.format(timeMs)}`;
  return seconds.format(timeMs);
}

/** From when to when: `23 Nov 2026, 09:30:00 – 09:45:00`. */
export function stretchText(fromMs: number, toMs: number): string {
  return formats.value.full.formatRange(fromMs, toMs);
}

/** Date and time in full, for tooltips. */
export function fullTime(timeMs: number): string {
  return formats.value.full.format(timeMs);
}
