import { useState } from 'preact/hooks';
import { texts } from '../texts.ts';
import { telegrafSnippet } from './telegrafSnippet.ts';

/** What to do while no host has reported: the Telegraf configuration, with this page's address filled in. */
export function FleetEmpty() {
  const snippet = telegrafSnippet(location.origin);
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(snippet);
    setCopied(true);
  };
  return (
    <section class="notice empty">
      <h1>{texts.emptyTitle}</h1>
      <p>{texts.emptyHint}</p>
      <div class="snippet card">
        {/* Without https the browser offers no clipboard; the text can be selected all the same. */}
        {isSecureContext ? (
          <button type="button" class="button" onClick={() => void copy()}>
            {isCopied ? texts.copied : texts.copy}
          </button>
        ) : null}
        <pre>{snippet}</pre>
      </div>
      <p class="muted" role="status">
        {texts.emptyWaiting}
      </p>
    </section>
  );
}
