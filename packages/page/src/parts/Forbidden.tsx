import type { ComponentChildren } from 'preact';
import { texts } from '../texts/texts.ts';

/** What stands in the place of what somebody may not see; `children` is what else can be done. */
export function Forbidden({ children }: { children?: ComponentChildren }) {
  return (
    <section class="notice" role="alert">
      <h1>{texts.forbidden}</h1>
      <p>{texts.forbiddenHint}</p>
      <p class="notice-actions">
        <a href="/">{texts.backToFleet}</a>
        {children}
      </p>
    </section>
  );
}
