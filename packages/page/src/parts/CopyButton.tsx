import { useState } from 'preact/hooks';
import { texts } from '../texts/texts.ts';

/** Copies a text and says so; nothing where the browser offers no clipboard, which it does not without https. */
export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState('');
  if (!isSecureContext) return null;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(text);
  };
  return (
    <button type="button" class="button" onClick={() => void copy()}>
      {copied === text ? texts.copied : texts.copy}
    </button>
  );
}
