import type { MissingPanel } from '../charts/specs.ts';
import type { LeftOut } from '../charts/unknownCharts.ts';
import { visibleText } from '../names/visible.ts';
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

/** How much there is of measurements with many fields that is not drawn. */
export function NotDrawn({ leftOut }: { leftOut: readonly LeftOut[] }) {
  if (leftOut.length === 0) return null;
  const parts = leftOut.map(({ measurement, fields }) =>
    texts.fieldsLeftOut(fields, visibleText(measurement)),
  );
  return <p class="not-drawn muted">{texts.notDrawn(parts.join(', '))}</p>;
}
