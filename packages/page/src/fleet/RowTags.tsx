import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { visibleText } from '../names/visible.ts';
import { Tags } from '../parts/Tags.tsx';
import type { Tag } from './view.ts';

/** Less room than this shows nothing of a tag. */
const leastPx = 32;

interface RowTagsProps {
  readonly tags: readonly Tag[];
  /** What, when it changes, changes the room for them; the tags themselves do so anyway. */
  readonly room: string;
}

/** The tags of a host in one line: those that fit, and `+2` for the others; all of them when pointed at. */
export function RowTags({ tags, room }: RowTagsProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [hidden, setHidden] = useState(0);
  const all = tags.map(([key, value]) => visibleText(`${key}=${value}`)).join('\n');
  // Measured only when something of it changes: with every snapshot it would be all rows' layout.
  useLayoutEffect(() => setHidden(hiddenIn(place.current?.querySelector('ul'))), [all, room]);
  if (tags.length === 0) return null;
  return (
    <span class={hidden === tags.length ? 'row-tags none-fits' : 'row-tags'} ref={place} title={all}>
      <Tags tags={tags} />
      {/* Has its room even when it is not seen, so that what fits does not hang on it. */}
      <span class={hidden === 0 ? 'more-tags none' : 'more-tags'} aria-hidden="true">
        +{Math.max(1, hidden)}
      </span>
    </span>
  );
}

/** How many entries have wrapped out of sight. */
function hiddenIn(list: HTMLUListElement | null | undefined): number {
  if (!list) return 0;
  const entries = [...list.children].filter((entry) => entry instanceof HTMLElement);
  if (list.clientWidth < leastPx) return entries.length;
  const top = entries[0]?.offsetTop;
  return entries.filter(({ offsetTop }) => offsetTop !== top).length;
}
