import type { SessionView } from 'hostcast/sessions';
import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { words } from './words.ts';

type WhoProps = Pick<SessionView, 'user'> &
  Partial<Pick<SessionView, 'kind' | 'right'>> & { readonly isOwn?: boolean };

/** Who somebody is, and by what. */
export function Who({ user, kind, right, isOwn }: WhoProps) {
  const say = words();
  const marks = [
    isOwn ? say.thisPage : '',
    kind === 'token' ? say.token : '',
    right === 'ingest' ? say.writer : '',
  ].filter(Boolean);
  return (
    <span class="conn-who">
      {user === null ? <span class="muted">{say.anonymous}</span> : <Name text={user} />}
      {marks.map((mark) => (
        <span key={mark} class="tag">
          {mark}
        </span>
      ))}
    </span>
  );
}

/** The same in words, for labels. */
export function whoText({ user, address }: Pick<SessionView, 'user' | 'address'>): string {
  return user === null ? address : visibleText(user);
}
