import type { SessionView } from 'hostcast/sessions';
import { useState } from 'preact/hooks';
import { Dialog } from '../parts/Dialog.tsx';
import { kick } from './sessionsFeed.ts';
import { Who, whoText } from './Who.tsx';
import { words } from './words.ts';

/** Asks whether to end a session, and ends it. */
export function Kick({ session, onClose }: { session: SessionView; onClose: () => void }) {
  const say = words();
  const [failure, setFailure] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const act = async (): Promise<void> => {
    setBusy(true);
    const reason = await kick(session.id);
    setBusy(false);
    if (reason === undefined) onClose();
    else setFailure(reason);
  };
  return (
    <Dialog title={say.kickWho(whoText(session))} onClose={onClose}>
      <p>
        <Who {...session} /> · {session.address}
      </p>
      <p class="muted">{say.kickHint}</p>
      <p class="conn-error" role="alert">
        {failure === undefined ? null : say.kickFailed(failure)}
      </p>
      <p class="conn-acts">
        <button type="button" class="button" onClick={onClose}>
          {say.cancel}
        </button>
        <button type="button" class="button conn-danger" disabled={isBusy} onClick={() => void act()}>
          {say.kick}
        </button>
      </p>
    </Dialog>
  );
}
