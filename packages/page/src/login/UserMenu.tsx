import { useEffect, useRef, useState } from 'preact/hooks';
import { useLive } from '../live/live.ts';
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
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return undefined;
    const outside = ({ target }: Event): void => {
      if (!(target instanceof Node && menu.current?.contains(target))) setOpen(false);
    };
    const leave = ({ key }: KeyboardEvent): void => {
      if (key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    addEventListener('pointerdown', outside);
    addEventListener('focusin', outside);
    addEventListener('keydown', leave);
    return () => {
      removeEventListener('keydown', leave);
      removeEventListener('pointerdown', outside);
      removeEventListener('focusin', outside);
    };
  }, [isOpen]);
  return (
    <div class="user-menu" ref={menu}>
      <button
        ref={button}
        type="button"
        class="user-button"
        aria-expanded={isOpen}
        aria-controls="user-panel"
        aria-label={texts.accountOf(name)}
        onClick={() => {
          if (!isOpen) void account.check(); // an admin may have changed the role
          setOpen(!isOpen);
        }}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <circle cx="8" cy="5" r="3" fill="none" stroke="currentColor" stroke-width="1.5" />
          <path d="M2.5 14a5.5 5 0 0 1 11 0" fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
        <bdi class="user-name">{name}</bdi>
      </button>
      <div id="user-panel" class="user-panel card" hidden={!isOpen}>
        <p class="user-who">
          <bdi>{name}</bdi>
        </p>
        <p class="muted">
          {roleText(role)}
          {isScoped ? ` · ${texts.someHosts}` : null}
        </p>
        <SignOut />
      </div>
    </div>
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

function roleText(role: string): string {
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
