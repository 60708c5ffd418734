import { useState } from 'preact/hooks';
import { words } from './words.ts';

/** Text to copy. */
export function Snippet({ text }: { text: string }) {
  const [copied, setCopied] = useState('');
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(text);
  };
  return (
    <div class="snippet">
      {/* Without https the browser offers no clipboard; the text can be selected all the same. */}
      {isSecureContext ? (
        <button type="button" class="button" onClick={() => void copy()}>
          {copied === text ? words().copied : words().copy}
        </button>
      ) : null}
      <pre>{text}</pre>
    </div>
  );
}
