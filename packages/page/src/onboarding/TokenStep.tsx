import { useState } from 'preact/hooks';
import { useUser } from '../login/account.ts';
import { mayMakeTokens } from '../login/rights.ts';
import { type MadeToken, makeToken } from './makeToken.ts';
import { words } from './words.ts';

/** The token that a new host writes with: made here by admins; others are told whom to ask. */
export function TokenStep({ onMade }: { onMade: (token: string) => void }) {
  if (mayMakeTokens(useUser())) return <TokenForm onMade={onMade} />;
  return (
    <p>
      {words().askAdmin} <code>hostcast token create --name telegraf-web-1 --hosts web-1</code>
    </p>
  );
}

function TokenForm({ onMade }: { onMade: (token: string) => void }) {
  const [pattern, setPattern] = useState('');
  const [made, setMade] = useState<MadeToken & { readonly pattern: string }>();
  const [isBusy, setBusy] = useState(false);
  const make = async (): Promise<void> => {
    setBusy(true);
    const answer = await makeToken(pattern);
    setBusy(false);
    setMade({ ...answer, pattern: pattern.trim() });
    if ('token' in answer) onMade(answer.token);
  };
  return (
    <form
      class="token-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void make();
      }}
    >
      <label for="token-hosts">{words().hostName}</label>
      <input
        id="token-hosts"
        value={pattern}
        placeholder={words().hostNameHint}
        autocomplete="off"
        spellcheck={false}
        maxLength={255}
        onInput={({ currentTarget }) => setPattern(currentTarget.value)}
      />
      <button type="submit" class="button" disabled={isBusy}>
        {isBusy ? words().makingToken : words().makeToken}
      </button>
      <p role="status" class={made && 'reason' in made ? 'late-words' : 'muted'}>
        {made ? wordsOn(made) : null}
      </p>
    </form>
  );
}

function wordsOn(made: MadeToken & { readonly pattern: string }): string {
  return 'token' in made ? words().tokenMade(made.pattern) : words().tokenFailed(made.reason);
}
