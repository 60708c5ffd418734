import { ageText } from '../format.ts';
import { useLive } from '../live/live.ts';
import type { FeedStatus } from '../live/status.ts';
import { texts } from '../texts/texts.ts';
import { openDialog } from './openDialog.ts';
import { type Standing, standing } from './standing.ts';

/** Says whether what is seen is live, and how old it is; a click shows why. */
export function LiveChip() {
  const live = useLive();
  const status = live.status.value;
  const { tone, shape, word, detail, age = '' } = standingTexts(chipTexts(status), standing.value);
  return (
    <div
      class={`chip chip-${tone} chip-is-${status.kind}`}
      title={status.kind === 'source' ? status.words : undefined}
    >
      <span class="chip-word" role="status">
        <span aria-hidden="true">{shape}</span> {word}
      </span>
      {detail === '' ? null : <span class="chip-detail">{detail}</span>}
      {/* Instead of all that, where there is no room for it. */}
      {age === '' ? null : <span class="chip-age">{age}</span>}
      {status.kind === 'reconnecting' && status.reason !== '' ? (
        <span class="chip-detail chip-reason">{texts.said(status.reason)}</span>
      ) : null}
      {/* Lies over the words, which are the status that is read out when it changes. */}
      <button
        type="button"
        class="chip-open"
        aria-label={texts.diagnose}
        aria-haspopup="dialog"
        onClick={() => {
          openDialog.value = 'diagnosis';
        }}
      />
      {live.connection.link.value.phase === 'waiting' ? (
        <button type="button" class="link-button" onClick={live.connection.retryNow}>
          {texts.retry}
        </button>
      ) : null}
    </div>
  );
}

interface ChipTexts {
  readonly tone: 'live' | 'waiting' | 'late' | 'down';
  readonly shape: string;
  readonly word: string;
  readonly detail: string;
  readonly age?: string;
}

/** Where what is shown stands still, that comes first, and quietly that the feed goes on; what is wrong with it is graver. */
function standingTexts(chip: ChipTexts, still: Standing | undefined): ChipTexts {
  if (still === undefined || chip.tone !== 'live') return chip;
  const count = still.kind === 'paused' && still.missed > 0 ? `+${still.missed} · ` : '';
  const detail = `${count}${chip.word} · ${chip.detail}`;
  return { tone: 'waiting', shape: '‖', word: texts[still.kind], detail };
}

function chipTexts(status: FeedStatus): ChipTexts {
  switch (status.kind) {
    case 'live': {
      const every = texts.every(ageText(status.intervalMs));
      const age = ageText(status.ageMs);
      return { tone: 'live', shape: '●', word: texts.live, detail: `${every} · ${texts.old(age)}`, age };
    }
    case 'empty':
      return { tone: 'waiting', shape: '○', word: texts.noDataYet, detail: '' };
    case 'stale':
      return { tone: 'late', shape: '▲', word: texts.stale, detail: texts.old(ageText(status.ageMs)) };
    case 'catching-up':
      return { tone: 'waiting', shape: '◐', word: texts.catchingUp, detail: '' };
    case 'source':
      return { tone: 'late', shape: '▲', word: status.words, detail: '' };
    case 'connecting':
      return { tone: 'waiting', shape: '◌', word: texts.connecting, detail: '' };
    case 'reconnecting':
      return { tone: 'down', shape: '✕', word: texts.reconnecting, detail: downText(status) };
    case 'ended':
      return { tone: 'down', shape: '✕', word: texts.ended, detail: '' };
    case 'offline':
      return { tone: 'down', shape: '✕', word: texts.offline, detail: downText(status) };
  }
}

/** `retry in 4 s · 12 s old`, as far as there is something to tell. */
function downText({ inMs, ageMs }: Extract<FeedStatus, { kind: 'offline' | 'reconnecting' }>): string {
  const wait = inMs === undefined ? [] : [texts.retryIn(Math.ceil(inMs / 1_000))];
  return [...wait, ...(ageMs === null ? [] : [texts.old(ageText(ageMs))])].join(' · ');
}
