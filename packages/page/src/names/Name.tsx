import { visibleParts } from './visible.ts';

/** A name from the wire: what can't be seen in it is written out, and its direction is its own. */
export function Name({ text }: { text: string }) {
  return (
    <bdi>
      {visibleParts(text).map((part, index) =>
        part.isEscape ? (
          <span key={index} class="escape">
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}
