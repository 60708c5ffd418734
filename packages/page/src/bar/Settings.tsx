import { type Signal, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { networkRates } from '../format.ts';
import { openDialog } from '../parts/openDialog.ts';
import { Popover } from '../parts/Popover.tsx';
import { useQuery } from '../parts/urlState.ts';
import { languageChoice, texts } from '../texts/texts.ts';
import { themeChoice } from '../theme.ts';
import { chooseTimeZone, hoursChoice, timeZone } from '../times.ts';

// Outlasts the page's rendering anew in another language, which is chosen here.
const isOpen = signal(false);

/** How this browser wants the page: language, colours, times, units. */
export function Settings() {
  return (
    <Popover
      id="settings"
      open={isOpen}
      label={texts.settings}
      buttonClass="icon-button"
      face={
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <g fill="none" stroke="currentColor" stroke-width="1.5">
            <path d="M1 4.5h6m5 0h3M1 11.5h3m5 0h6" />
            <circle cx="9.5" cy="4.5" r="2.25" />
            <circle cx="6.5" cy="11.5" r="2.25" />
          </g>
        </svg>
      }
    >
      <Choices />
    </Popover>
  );
}

function Choices() {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector<HTMLElement>(':checked')?.focus(), []);
  return (
    <form ref={form} class="settings">
      <Choice
        title={texts.language}
        choice={languageChoice}
        options={[
          ['system', texts.bySystem],
          ['en', 'English', 'en'],
          ['ko', '한국어', 'ko'],
        ]}
      />
      <Choice
        title={texts.colours}
        choice={themeChoice}
        options={[
          ['system', texts.bySystem],
          ['light', texts.light],
          ['dark', texts.dark],
        ]}
      />
      <TimeZone />
      <Choice
        title={texts.clock}
        choice={hoursChoice}
        options={[
          ['24', texts.hours24],
          ['12', texts.hours12],
        ]}
      />
      <Choice
        title={texts.network}
        choice={networkRates}
        options={[
          ['bytes', texts.bytes],
          ['bits', texts.bits],
        ]}
      />
      <button
        type="button"
        class="link-button"
        onClick={() => {
          isOpen.value = false;
          openDialog.value = 'keys';
        }}
      >
        {texts.keyboard}
      </button>
    </form>
  );
}

interface ChoiceProps<Value extends string> {
  readonly title: string;
  readonly choice: Signal<Value>;
  /** What can be chosen, its words, and their language where it is not the page's. */
  readonly options: readonly (readonly [Value, string, lang?: string])[];
}

function Choice<Value extends string>({ title, choice, options }: ChoiceProps<Value>) {
  return (
    <fieldset>
      <legend>{title}</legend>
      {options.map(([value, words, lang]) => (
        <label key={value} lang={lang}>
          <input
            type="radio"
            name={title}
            checked={choice.value === value}
            onChange={() => {
              choice.value = value;
            }}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

function TimeZone() {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { value: shown } = timeZone;
  const zones = new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), shown]);
  zones.delete('local');
  const [, change] = useQuery();
  const choose = (zone: string): void => {
    chooseTimeZone(zone);
    // Or the address would have its zone again with the next visit.
    change({ tz: undefined });
  };
  return (
    <label class="time-zone">
      <b>{texts.timeZone}</b>
      <select value={shown} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        <option value="local">{texts.localZone(here)}</option>
        {[...zones].map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </select>
    </label>
  );
}
