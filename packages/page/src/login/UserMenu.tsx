import { useSignal, useSignalEffect } from '@preact/signals';
import { useState } from 'preact/hooks';
import { useLive } from '../live/live.ts';
import { Popover } from '../parts/Popover.tsx';
import { texts } from '../texts/texts.ts';
import { useAccount, useUser } from './account.ts';
import { refusalText } from './refusalText.ts';
import type { Answer, User } from './requests.ts';

/** Who has signed in, and the way out; nothing where nobody has to sign in. */
export function UserMenu() {
  const user = useUser();
  return user ? <Menu user={user} /> : null;
}

function Menu({ user }: { user: User }) {
  const { name, role, isScoped } = user;
  const account = useAccount();
  const open = useSignal(false);
  useSignalEffect(() => {
    if (open.value) void account.check(); // an admin may have changed the role
  });
  return (
    <Popover
      id="user-panel"
      open={open}
      label={texts.accountOf(name)}
      buttonClass="user-button"
      face={
        <>
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <circle cx="8" cy="5" r="3" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M2.5 14a5.5 5 0 0 1 11 0" fill="none" stroke="currentColor" stroke-width="1.5" />
          </svg>
          <bdi class="user-name">{name}</bdi>
        </>
      }
    >
      <div class="user-panel">
        <p class="user-who">
          <bdi>{name}</bdi>
        </p>
        <p class="muted">
          {roleText(role)}
          {isScoped ? ` · ${texts.someHosts}` : null}
        </p>
        <SignOut />
      </div>
    </Popover>
  );
}

function SignOut() {
  const account = useAccount();
  const { connection } = useLive();
  const [failure, setFailure] = useState<Answer>();
  const signOut = async (): Promise<void> => {
    connection.close(); // with a DISCONNECT of its own, not as one whose login is gone
    const answer = await account.signOut();
    if (answer.kind === 'out') return;
    setFailure(answer);
    connection.open();
  };
  return (
    <>
      <button type="button" class="button" onClick={() => void signOut()}>
        {texts.signOut}
      </button>
      <p class="login-error" role="alert">
        {failure ? texts.notSignedOut(refusalText(failure)) : null}
      </p>
    </>
  );
}

/** What a role is called. */
export function roleText(role: string): string {
  switch (role) {
    case 'viewer':
      return texts.roleViewer;
    case 'operator':
      return texts.roleOperator;
    case 'admin':
      return texts.roleAdmin;
    default:
      return role;
  }
}
