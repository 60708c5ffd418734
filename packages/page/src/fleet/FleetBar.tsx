import { useSignal } from '@preact/signals';
import { countText } from '../format.ts';
import type { HostRow } from '../live/snapshots.ts';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { hostPath } from '../parts/hostPath.ts';
import { Popover } from '../parts/Popover.tsx';
import { SaveChoice } from '../parts/SaveChoice.tsx';
import { useLocation } from '../router.ts';
import { texts } from '../texts/texts.ts';
import { columnTitle } from './columns.tsx';
import { AddHost } from './FleetEmpty.tsx';
import { tagsOf } from './groups.ts';
import { columnShapes } from './layout.ts';
import { nextOrder, type SortKey, usualOrder } from './order.ts';
import { type ChangeView, columnKeys, type FleetView, toggled } from './view.ts';

/** A list of tags longer than this is no choice any more: the filter finds them. */
const mostValues = 100;

interface FleetBarProps {
  readonly hosts: readonly HostRow[];
  readonly view: FleetView;
  readonly change: ChangeView;
  readonly isNarrow: boolean;
  /** The columns that are shown now. */
  readonly shownColumns: readonly SortKey[];
  readonly save: (format: 'csv' | 'json') => void;
  /** The host that is left alone, if one is: it is a press of Enter away. */
  readonly only: string | undefined;
}

/** What is shown of the fleet, and how: words, tags, groups, order, columns; and the way to take it along. */
export function FleetBar({ hosts, view, change, isNarrow, shownColumns, save, only }: FleetBarProps) {
  const { route } = useLocation();
  const tags = tagsOf(hosts);
  const isOpen = useSignal(false);
  const { key, isDescending } = view.order;
  const isChosen =
    view.group !== undefined || key !== usualOrder.key || isDescending !== usualOrder.isDescending;
  const chosenTags = <ChosenTags view={view} change={change} />;
  return (
    <div class={isNarrow && !isOpen.value ? 'fleet-bar folded' : 'fleet-bar'}>
      <input
        type="search"
        class="filter"
        placeholder={texts.filterHint}
        aria-label={texts.filter}
        value={view.words}
        onInput={({ currentTarget }) => change({ words: currentTarget.value })}
        onKeyDown={({ key: pressed, isComposing }) => {
          if (pressed === 'Enter' && !isComposing && only !== undefined) route(hostPath(only));
        }}
      />
      {isNarrow ? (
        <button
          type="button"
          class={isChosen ? 'button options-button has-choice' : 'button options-button'}
          aria-expanded={isOpen.value}
          aria-controls="fleet-options"
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          {texts.options} <span aria-hidden="true">{isOpen.value ? '▴' : '▾'}</span>
        </button>
      ) : null}
      <div class="fleet-options" id="fleet-options">
        {tags.size > 0 ? (
          <>
            <TagChoice tags={tags} view={view} change={change} />
            {isNarrow ? null : chosenTags}
            <GroupChoice keys={[...tags.keys()]} view={view} change={change} />
          </>
        ) : null}
        {isNarrow ? <SortChoice view={view} change={change} /> : null}
        <div class="fleet-tools">
          {isNarrow ? null : <ColumnChoice view={view} change={change} shown={shownColumns} />}
          <SaveChoice id="fleet-save" save={save} />
          <AddHost />
        </div>
      </div>
      {isNarrow || tags.size === 0 ? chosenTags : null}
    </div>
  );
}

interface ChoiceProps {
  readonly view: FleetView;
  readonly change: ChangeView;
}

type TagCounts = ReturnType<typeof tagsOf>;

/** Adds a tag to those that hosts must have. */
function TagChoice({ tags, view, change }: ChoiceProps & { tags: TagCounts }) {
  return (
    <select
      class="choice"
      aria-label={texts.filterByTag}
      value=""
      onChange={({ currentTarget }) => {
        const [key = '', ...rest] = currentTarget.value.split('=');
        currentTarget.value = '';
        change({ tags: [...view.tags, [key, rest.join('=')]] });
      }}
    >
      <option value="" disabled hidden>
        {texts.filterByTag}
      </option>
      {[...tags].map(([key, values]) => (
        <optgroup key={key} label={visibleText(key)}>
          {[...values].slice(0, mostValues).map(([value, count]) => (
            <option
              key={value}
              value={`${key}=${value}`}
              disabled={view.tags.some((tag) => tag[0] === key && tag[1] === value)}
            >
              {visibleText(value)} ({countText(count)})
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

function ChosenTags({ view: { tags }, change }: ChoiceProps) {
  return tags.map((tag) => (
    <button
      key={tag.join('=')}
      type="button"
      class="tag chosen-tag"
      aria-label={texts.removeTag(visibleText(tag.join('=')))}
      onClick={() => change({ tags: tags.filter((other) => other !== tag) })}
    >
      <span class="tag-key">
        <Name text={tag[0]} />
      </span>{' '}
      <Name text={tag[1]} /> <span aria-hidden="true">✕</span>
    </button>
  ));
}

function GroupChoice({ keys, view, change }: ChoiceProps & { keys: readonly string[] }) {
  return (
    <label class="choice-label">
      {texts.groupBy}{' '}
      <select
        class="choice"
        value={view.group ?? ''}
        onChange={({ currentTarget }) => change({ group: currentTarget.value || undefined, folded: [] })}
      >
        <option value="">{texts.noGroups}</option>
        {keys.map((key) => (
          <option key={key} value={key}>
            {visibleText(key)}
          </option>
        ))}
      </select>
    </label>
  );
}

function SortChoice({ view, change }: ChoiceProps) {
  const { key, isDescending } = view.order;
  return (
    <span class="choice-label">
      <label>
        {texts.sortBy}{' '}
        <select
          class="choice"
          value={key}
          onChange={({ currentTarget }) => {
            const chosen = columnKeys.find((each) => each === currentTarget.value);
            if (chosen && chosen !== key) change({ order: nextOrder(view.order, chosen) });
          }}
        >
          {columnKeys.map((each) => (
            <option key={each} value={each}>
              {columnTitle(each)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="icon-button"
        aria-label={texts.turnOrder}
        aria-pressed={isDescending}
        onClick={() => change({ order: nextOrder(view.order, key) })}
      >
        {isDescending ? '↓' : '↑'}
      </button>
    </span>
  );
}

function ColumnChoice({ view, change, shown }: ChoiceProps & { shown: readonly SortKey[] }) {
  const open = useSignal(false);
  return (
    <Popover id="fleet-columns" open={open} label={texts.columns} buttonClass="button" face={texts.columns}>
      <fieldset class="checks">
        <legend class="visually-hidden">{texts.columns}</legend>
        <label>
          <input
            type="checkbox"
            checked={view.columns === undefined}
            onChange={() => change({ columns: view.columns ? undefined : shown })}
          />{' '}
          {texts.columnsThatFit}
        </label>
        <hr />
        {columnShapes.map(({ key }) => (
          <label key={key}>
            <input
              type="checkbox"
              checked={shown.includes(key)}
              disabled={shown.length === 1 && shown.includes(key)}
              onChange={() => change({ columns: toggled(shown, key) })}
            />{' '}
            {columnTitle(key)}
          </label>
        ))}
      </fieldset>
    </Popover>
  );
}
