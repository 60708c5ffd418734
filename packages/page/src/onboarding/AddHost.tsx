import { telegrafOutput, telegrafSnippet } from 'hostcast/telegrafSnippet';
import { useState } from 'preact/hooks';
import { useUser } from '../login/account.ts';
import { Dialog } from '../parts/Dialog.tsx';
import { closeDialog } from '../parts/openDialog.ts';
import '../style/onboarding.css';
import { texts } from '../texts/texts.ts';
import { Arrival } from './Arrival.tsx';
import { Snippet } from './Snippet.tsx';
import { TokenStep } from './TokenStep.tsx';
import { words } from './words.ts';

type Way = 'existing' | 'fresh' | 'agent';

/** How to add a host, over the page. */
export function AddHostDialog() {
  return (
    <Dialog title={texts.addHost} onClose={closeDialog}>
      <AddHost />
    </Dialog>
  );
}

/**
 * How to add a host: what is there, a token where one is needed, what to copy, and whether it works. The first one is
 * new even when it came before this part was loaded.
 */
export function AddHost({ isFirst = false }: { isFirst?: boolean }) {
  const hasLogin = useUser() !== undefined;
  const [way, setWay] = useState<Way>('fresh');
  const [made, setMade] = useState('');
  const token = hasLogin ? made || '<the token>' : '';
  return (
    <div class="add-host">
      <fieldset class="ways">
        <legend>{words().have}</legend>
        {(['fresh', 'existing', 'agent'] as const).map((each) => (
          <label key={each}>
            <input type="radio" name="way" checked={way === each} onChange={() => setWay(each)} />
            {words()[each]}
          </label>
        ))}
      </fieldset>
      {hasLogin ? <TokenStep onMade={setMade} /> : null}
      <Steps way={way} token={token} />
      {isLoopback ? (
        <p class="muted">
          {words().loopback} <code>--host 0.0.0.0</code>
        </p>
      ) : null}
      <Arrival isFirst={isFirst} />
    </div>
  );
}

function Steps({ way, token }: { way: Way; token: string }) {
  const { origin } = location;
  switch (way) {
    case 'fresh':
      return (
        <>
          <p>{words().freshHint}</p>
          <Snippet text={telegrafSnippet(origin, token)} />
        </>
      );
    case 'existing':
      return (
        <>
          <p>{words().existingHint}</p>
          <Snippet text={telegrafOutput(origin, token)} />
          <p>{words().influxHint}</p>
          <Snippet text="hostcast --influx-url http://127.0.0.1:8086 --influx-db telegraf" />
        </>
      );
    case 'agent':
      return (
        <>
          <p>{words().agentHint}</p>
          <Snippet text={agentCommand(origin, token)} />
        </>
      );
  }
}

function agentCommand(url: string, token: string): string {
  return `${token === '' ? '' : `HOSTCAST_TOKEN='${token}' `}hostcast agent --url ${url}`;
}

const isLoopback = /^(localhost|127\..*|\[::1\])$/.test(location.hostname);
