import { texts } from '../texts/texts.ts';
import { useTitle } from './useTitle.ts';

/** What an unknown address shows. */
export function NotFound() {
  useTitle(texts.notFound);
  return (
    <section class="notice">
      <h1>{texts.notFound}</h1>
      <p>{texts.notFoundHint}</p>
      <p>
        <a href="/">{texts.backToFleet}</a>
      </p>
    </section>
  );
}
