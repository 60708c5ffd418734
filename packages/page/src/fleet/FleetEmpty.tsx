import { telegrafSnippet } from 'hostcast/telegrafSnippet';
import { useState } from 'preact/hooks';
import { texts } from '../texts.ts';

/** What to do while no host has reported. */
export function FleetEmpty() {
  return (
    <section class="notice empty">
      <h1>{texts.emptyTitle}</h1>
      <p>{texts.emptyHint}</p>
      <Snippet />
      <p class="muted" role="status">
        {texts.emptyWaiting}
      </p>
    </section>
  );
}

/** How to add a host, under a fleet that is still small. */
export function AddHost() {
  return (
    <details class="add-host">
      <summary>{texts.addHost}</summary>
      <p>{texts.emptyHint}</p>
      <Snippet />
    </details>
  );
}

/** The Telegraf configuration with this page's address filled in, and a word where others don't reach it. */
function Snippet() {
  const snippet = telegrafSnippet(location.origin);
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(snippet);
    setCopied(true);
  };
  return (
    <>
      <div class="snippet card">
        {/* Without https the browser offers no clipboard; the text can be selected all the same. */}
        {isSecureContext ? (
          <button type="button" class="button" onClick={() => void copy()}>
            {isCopied ? texts.copied : texts.copy}
          </button>
        ) : null}
        <pre>{snippet}</pre>
      </div>
      {isLoopback ? (
        <p class="muted">
          {texts.loopbackHint} <code>{openFlags}</code>
        </p>
      ) : null}
    </>
  );
}

const isLoopback = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
/** The flags that the server's start text names, too. */
const openFlags = '--host 0.0.0.0 --auth none';
