import type { MissingPanel } from '../charts/specs.ts';
import { texts } from '../texts.ts';

/** The panels that have no data, and which Telegraf input would give it. */
export function Missing({ panels }: { panels: readonly MissingPanel[] }) {
  if (panels.length === 0) return null;
  return (
    <section class="missing" aria-labelledby="missing-title">
      <h2 id="missing-title">{texts.missingTitle}</h2>
      <p class="muted">{texts.missingHint}</p>
      <ul>
        {panels.map(({ title, input }) => (
          <li key={title}>
            {title} <code>{input}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
