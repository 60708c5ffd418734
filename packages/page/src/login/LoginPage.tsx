import { useEffect, useRef, useState } from 'preact/hooks';
import { useTitle } from '../parts/useTitle.ts';
import { texts } from '../texts/texts.ts';
import { type OutReason, useAccount } from './account.ts';
import { refusalText } from './refusalText.ts';
import type { Answer } from './requests.ts';

/** Asks for name and password, at whatever address one wanted to see. */
export function LoginPage({ reason, name }: { reason: OutReason | undefined; name: string }) {
  useTitle(texts.signIn);
  const account = useAccount();
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Answer>();
  const isWrong = refusal?.kind === 'out';
  const waitS = useCountdown(refusal);

  const field = (of: string): HTMLInputElement | null => form.current?.querySelector(`#${of}`) ?? null;
  useEffect(() => field(name === '' ? 'username' : 'password')?.focus(), [name]);
  useEffect(() => {
    if (isWrong) field('password')?.select();
  }, [refusal, isWrong]);

  const submit = async (): Promise<void> => {
    if (isBusy || waitS > 0) return;
    setBusy(true);
    setRefusal(undefined);
    const answer = await account.signIn(field('username')?.value ?? '', field('password')?.value ?? '');
    setBusy(false);
    setRefusal(answer);
  };
  return (
    <section class="login card" aria-labelledby="login-title">
      <h1 id="login-title">{texts.signIn}</h1>
      {reason === undefined ? null : (
        <p class="login-reason" role="status">
          {reasonText(reason)}
        </p>
      )}
      <form
        ref={form}
        method="post"
        action="/api/login"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <label for="username">{texts.userName}</label>
        <input
          id="username"
          name="username"
          type="text"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          maxLength={64}
          defaultValue={name}
          aria-invalid={isWrong}
          aria-describedby="login-error"
        />
        <Password isWrong={isWrong} />
        <p id="login-error" class="login-error" role="alert">
          {refusal && (refusal.kind !== 'busy' || waitS > 0) ? refusalText(refusal) : null}
        </p>
        <button type="submit" class="main-button" disabled={isBusy || waitS > 0}>
          {waitS > 0 ? texts.waitSeconds(waitS) : isBusy ? texts.signingIn : texts.signIn}
        </button>
      </form>
    </section>
  );
}

function Password({ isWrong }: { isWrong: boolean }) {
  const [isCapsLock, setCapsLock] = useState(false);
  const look = (event: KeyboardEvent): void => setCapsLock(event.getModifierState('CapsLock'));
  return (
    <>
      <label for="password">{texts.password}</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        maxLength={1_024}
        aria-invalid={isWrong}
        aria-describedby="login-error caps-lock"
        onKeyDown={look}
        onKeyUp={look}
        onBlur={() => setCapsLock(false)}
      />
      <p id="caps-lock" class="login-hint" role="status">
        {isCapsLock ? `⇪ ${texts.capsLock}` : null}
      </p>
    </>
  );
}

function reasonText(reason: OutReason): string {
  if (reason === 'signed-out') return texts.signedOut;
  if (reason === 'expired') return texts.loginExpired;
  return texts.loginEnded(reason.words);
}

/** Seconds until one may try again, counted down. */
function useCountdown(answer: Answer | undefined): number {
  const [leftS, setLeftS] = useState(0);
  useEffect(() => {
    if (answer?.kind !== 'busy') return setLeftS(0);
    const untilMs = Date.now() + answer.waitMs;
    const count = (): void => setLeftS(Math.max(0, Math.ceil((untilMs - Date.now()) / 1_000)));
    count();
    const timer = setInterval(count, 1_000);
    return () => clearInterval(timer);
  }, [answer]);
  return leftS;
}
