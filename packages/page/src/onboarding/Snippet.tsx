import { CopyButton } from '../parts/CopyButton.tsx';

/** Text to copy. */
export function Snippet({ text }: { text: string }) {
  return (
    <div class="snippet">
      <CopyButton text={text} />
      <pre>{text}</pre>
    </div>
  );
}
