import { telegrafSnippet } from 'hostcast/telegrafSnippet';
import { useState } from 'preact/hooks';
import { useUser } from '../login/account.ts';
import { texts } from '../texts/texts.ts';

/** What to do while no host has reported. */
export function FleetEmpty() {
  if (!useMayAddHosts()) {
    return (
      <section class="notice">
        <h1>{texts.nothingToSee}</h1>
        <p>{texts.nothingToSeeHint}</p>
      </section>
    );
  }
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
  if (!useMayAddHosts()) return null;
  return (
    <details class="add-host">
      <summary>{texts.addHost}</summary>
      <p>{texts.emptyHint}</p>
      <Snippet />
    </details>
  );
}

/** Who has the tokens to give to a Telegraf: everybody where there is no login, else admins. */
function useMayAddHosts(): boolean {
  const user = useUser();
  return user === undefined || user.role === 'admin';
}

/** The Telegraf configuration with this page's address filled in, and a word where others don't reach it. */
function Snippet() {
  const hasLogin = useUser() !== undefined;
  const snippet = telegrafSnippet(location.origin, hasLogin ? '<the token>' : '');
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
      {hasLogin ? (
        <p class="muted">
          {texts.tokenHint} <code>{tokenCommand}</code>
        </p>
      ) : null}
      {isLoopback ? (
        <p class="muted">
          {texts.loopbackHint} <code>{openFlags}</code>
        </p>
      ) : null}
    </>
  );
}

const isLoopback = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
/** What the server's start text says, too. */
const openFlags = '--host 0.0.0.0';
const tokenCommand = 'hostcast token create --name telegraf-web-1 --right ingest --hosts web-1';
