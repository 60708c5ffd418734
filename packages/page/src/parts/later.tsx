import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { texts } from '../texts/texts.ts';

/** A part of the page that is fetched when it is first shown. Where that fails it says so. */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): (props: Props) => preact.JSX.Element | null {
  const loaded = signal<{ part?: ComponentType<Props>; isFailed?: boolean }>({});
  const fetchPart = (): void => {
    void load().then(
      (part) => {
        loaded.value = { part };
      },
      () => {
        loaded.value = { isFailed: true };
      },
    );
  };
  return (props) => {
    const { part: Part, isFailed } = loaded.value;
    useEffect(() => {
      if (!loaded.peek().part) fetchPart();
    }, []);
    if (Part) return <Part {...props} />;
    if (!isFailed) return null;
    // A hostcast that was replaced meanwhile has its parts at other addresses: only a whole page has those.
    return (
      <p class="notice" role="alert">
        {texts.notLoaded}{' '}
        <button type="button" class="link-button" onClick={() => location.reload()}>
          {texts.reload}
        </button>
      </p>
    );
  };
}
