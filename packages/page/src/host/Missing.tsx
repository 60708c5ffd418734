import type { HostSnapshot } from 'hostcast/snapshots';
import type { MissingPanel } from '../charts/specs.ts';
import type { LeftOut } from '../charts/unknownCharts.ts';
import { visibleText } from '../names/visible.ts';
import { texts } from '../texts/texts.ts';

/** The panels that have no data, and which Telegraf input would give it. */
export function Missing({ panels }: { panels: readonly MissingPanel[] }) {
  if (panels.length === 0) return null;
  return (
    <section class="missing" aria-labelledby="missing-title">
      <h2 id="missing-title">{texts.missingTitle}</h2>
      <p class="muted">{texts.missingHint}</p>
      <ul>
        {panels.map(({ id, title, input }) => (
          <li key={id} id={id}>
            {title} <code>{input}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How much there is of measurements with many fields or series that is not drawn, or not even sent. */
export function NotDrawn({ leftOut, unsent = {} }: NotDrawnProps) {
  const parts = leftOut.map(({ measurement, fields }) =>
    texts.fieldsLeftOut(fields + (unsent[measurement]?.fields ?? 0), visibleText(measurement)),
  );
  for (const [measurement, { groups }] of Object.entries(unsent)) {
    if (groups > 0) parts.push(texts.groupsLeftOut(groups, visibleText(measurement)));
  }
  if (parts.length === 0) return null;
  return <p class="not-drawn muted">{texts.notDrawn(parts.join(', '))}</p>;
}

interface NotDrawnProps {
  readonly leftOut: readonly LeftOut[];
  readonly unsent: HostSnapshot['leftOut'];
}
