import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { texts } from '../texts/texts.ts';

interface DialogProps {
  readonly title: string;
  /** Asked for by Escape, the button, or a click beside it: whoever shows the dialog takes it away. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog over the page for as long as it is rendered; the focus goes back to where it was. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const { current } = dialog;
    const before = document.activeElement;
    // Without a click before it, Escape closes a dialog without asking by `cancel`.
    const closed = (): void => onClose();
    current?.showModal();
    current?.addEventListener('close', closed);
    return () => {
      current?.removeEventListener('close', closed);
      current?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog card"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={({ target }) => {
        // Only what lies outside of the content is the dialog itself.
        if (target === dialog.current) onClose();
      }}
    >
      <div class="dialog-content">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="icon-button" aria-label={texts.close} onClick={onClose}>
            ✕
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
