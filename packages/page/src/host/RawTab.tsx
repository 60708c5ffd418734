import { hostDestination } from 'hostcast/destinations';
import type { HostSnapshot } from 'hostcast/snapshots';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { CopyButton } from '../parts/CopyButton.tsx';
import '../style/raw.css';
import { clientsOf } from './clients.ts';
import { words } from './words.ts';

/** A browser shows no more in a fold without getting slow. */
const mostCharacters = 200_000;

interface RawTabProps {
  readonly host: string;
  readonly snapshot: HostSnapshot | undefined;
  /** While it is true, what was shown first stays. */
  readonly isStill: boolean;
}

/** The newest snapshot of a host as it came, and programs that get the same. */
export function RawTab({ host, snapshot, isStill }: RawTabProps) {
  const kept = useRef(snapshot);
  if (!isStill || kept.current?.host !== host) kept.current = snapshot;
  const text = kept.current ? JSON.stringify(kept.current, null, 2) : '';
  const { newest, newestHint, cut, subscribe, subscribeHint } = words();
  const destination = hostDestination(host);
  return (
    <div class="raw">
      <div class="card">
        <Code
          title={<h2 id="raw-newest">{newest}</h2>}
          hint={newestHint(destination)}
          text={text.slice(0, mostCharacters)}
          whole={text}
          label="raw-newest"
        />
        {text.length > mostCharacters ? (
          <p class="muted">{cut(mostCharacters.toLocaleString(), text.length.toLocaleString())}</p>
        ) : null}
      </div>
      <section class="card" aria-labelledby="raw-subscribe">
        <h2 id="raw-subscribe">{subscribe}</h2>
        <p class="muted">{subscribeHint}</p>
        {clientsOf(location.origin, destination, `/api/hosts/${encodeURIComponent(host)}`).map(
          ({ language, code }, index) => (
            <Code
              key={language}
              title={<h3 id={`raw-client-${index}`}>{language}</h3>}
              text={code}
              whole={code}
              label={`raw-client-${index}`}
            />
          ),
        )}
      </section>
    </div>
  );
}

interface CodeProps {
  readonly title: ComponentChildren;
  readonly hint?: string;
  readonly text: string;
  /** What is copied. */
  readonly whole: string;
  /** The id of what names it. */
  readonly label: string;
}

function Code({ title, hint, text, whole, label }: CodeProps) {
  return (
    <div class="code">
      <header class="code-head">
        {title}
        <CopyButton text={whole} />
      </header>
      {hint === undefined ? null : <p class="muted">{hint}</p>}
      <section
        class="code-text"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls where it is wider than its place, by keyboard too
        tabIndex={0}
        aria-labelledby={label}
        onKeyDown={(event) => {
          // The arrows scroll here, and don't lead to another host.
          if (event.key.startsWith('Arrow')) event.stopPropagation();
        }}
      >
        <pre>{text}</pre>
      </section>
    </div>
  );
}
