import { useEffect, useRef, useState } from 'preact/hooks';
import { naturally } from '../format.ts';
import { useLive } from '../live/live.ts';
import type { HostRow } from '../live/snapshots.ts';
import { useUser } from '../login/account.ts';
import { mayAddHosts, maySeeConnections } from '../login/rights.ts';
import { Name } from '../names/Name.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { hostPath } from '../parts/hostPath.ts';
import { closeDialog, openDialog } from '../parts/openDialog.ts';
import { stateText } from '../parts/State.tsx';
import '../style/find.css';
import { texts } from '../texts/texts.ts';
import { matchedFirst, matches } from './match.ts';
import { words } from './words.ts';

/** So many are listed; more are only counted. */
const listed = 30;

interface Entry {
  readonly id: string;
  readonly text: string;
  /** What is searched, where that is more than the text. */
  readonly searched: string;
  readonly row?: HostRow;
  /** Where it leads … */
  readonly href?: string;
  /** … or what it does. */
  readonly act?: () => void;
}

/** Finds hosts, by name and tags, and pages; the first found is a press of Enter away. */
export function Finder() {
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const found = search(useEntries(), typed);
  const shown = found.slice(0, listed);
  const at = Math.min(chosen, shown.length - 1);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' });
  }, [at, typed]);

  const follow = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const active = list.current?.children[at];
    if (event.isComposing) return;
    if (step && shown.length > 0) setChosen((at + step + shown.length) % shown.length);
    else if (event.key === 'Enter' && active instanceof HTMLElement) active.click();
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={texts.find} onClose={closeDialog}>
      <input
        ref={field}
        class="find-field"
        role="combobox"
        aria-label={texts.find}
        aria-expanded={shown.length > 0}
        aria-controls="find-list"
        aria-autocomplete="list"
        aria-activedescendant={shown[at] && `find-${at}`}
        placeholder={words().hint}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onKeyDown={follow}
        onInput={({ currentTarget }) => {
          setTyped(currentTarget.value);
          setChosen(0);
        }}
      />
      <div ref={list} id="find-list" class="find-list" role="listbox" aria-label={words().results}>
        {shown.map((entry, index) => (
          <Option key={entry.id} entry={entry} id={`find-${index}`} typed={typed} isChosen={index === at} />
        ))}
      </div>
      <p class="muted" role="status">
        {found.length === 0
          ? words().nothing(typed.trim())
          : found.length > listed
            ? words().more(found.length - listed)
            : null}
      </p>
    </Dialog>
  );
}

interface OptionProps {
  readonly entry: Entry;
  readonly id: string;
  readonly typed: string;
  readonly isChosen: boolean;
}

function Option({ entry, id, typed, isChosen }: OptionProps) {
  const { row, text, href, act } = entry;
  return (
    // A link, so that it can be opened in a tab of its own; the focus stays in the field.
    <a
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      href={href ?? '#'}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey) return;
        closeDialog();
        if (!act) return;
        event.preventDefault();
        act();
      }}
    >
      {row ? <Mark row={row} /> : <span class="state-shape" />}
      <Name text={text} />
      {row ? (
        <span class="muted find-tags">
          <Name text={matchedFirst(row.tags.map(pairText), typed).join(' ')} />
        </span>
      ) : null}
    </a>
  );
}

function Mark({ row: { state } }: { row: HostRow }) {
  const { shape, word } = stateText(state);
  if (useLive().isLate.value) return <span class="state-shape" />;
  return (
    <span class={`state state-${state}`} title={word}>
      <span class="state-shape" aria-hidden="true">
        {shape}
      </span>
      <span class="visually-hidden">{word}</span>
    </span>
  );
}

function pairText(pair: readonly [string, string]): string {
  return pair.join('=');
}

function useEntries(): Entry[] {
  const user = useUser();
  const hosts = useLive().fleet.value?.hosts ?? [];
  const addHost = () => {
    openDialog.value = 'addHost';
  };
  const showKeys = () => {
    openDialog.value = 'keys';
  };
  const pages: Entry[] = [
    { id: '/', text: texts.fleet, searched: texts.fleet, href: '/' },
    ...(maySeeConnections(user)
      ? [{ id: 'c', text: texts.connections, searched: texts.connections, href: '/connections' }]
      : []),
    ...(mayAddHosts(user) ? [{ id: '+', text: texts.addHost, searched: texts.addHost, act: addHost }] : []),
    { id: '?', text: texts.keyboard, searched: texts.keyboard, act: showKeys },
  ];
  return [
    ...pages,
    ...hosts.map((row) => ({
      id: hostPath(row.host),
      text: row.host,
      searched: [row.host, ...row.tags.map(pairText)].join(' '),
      row,
      href: hostPath(row.host),
    })),
  ];
}

/** What was found, the best first; where nothing was typed, pages and then the hosts that are not well. */
function search(entries: readonly Entry[], typed: string): Entry[] {
  return matches(entries, typed)
    .sort((a, b) => b.score - a.score || compare(a.entry, b.entry))
    .map(({ entry }) => entry);
}

function compare(a: Entry, b: Entry): number {
  if (!a.row || !b.row) return Number(a.row !== undefined) - Number(b.row !== undefined);
  return rank(b.row) - rank(a.row) || naturally(a.text, b.text);
}

function rank({ state }: HostRow): number {
  return ['live', 'delayed', 'stale', 'gone'].indexOf(state);
}
