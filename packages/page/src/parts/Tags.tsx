import { Name } from '../names/Name.tsx';
import { visibleText } from '../names/visible.ts';
import { texts } from '../texts/texts.ts';

/** A host's global tags as quiet chips. */
export function Tags({ tags }: { tags: readonly (readonly [string, string])[] }) {
  if (tags.length === 0) return null;
  return (
    <ul class="tags" aria-label={texts.tags}>
      {tags.map(([key, value]) => (
        <li key={key} class="tag" title={visibleText(`${key}=${value}`)}>
          <span class="tag-key">
            <Name text={key} />
          </span>{' '}
          <Name text={value} />
        </li>
      ))}
    </ul>
  );
}
