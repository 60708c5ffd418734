import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface PopoverProps {
  readonly id: string;
  /** Whether it is open; set by the button, by Escape, and by a click or the focus elsewhere. */
  readonly open: Signal<boolean>;
  /** What the button says to those who don't see it. */
  readonly label: string;
  readonly buttonClass: string;
  /** What is on the button. */
  readonly face: ComponentChildren;
  /** What is shown while it is open. */
  readonly children: ComponentChildren;
}

/** A button, and a small card under it for as long as one is busy there. */
export function Popover({ id, open, label, buttonClass, face, children }: PopoverProps) {
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { value: isOpen } = open;
  useEffect(() => {
    if (!isOpen) return undefined;
    const leave = (event: Event): void => {
      const isEscape = event instanceof KeyboardEvent;
      if (isEscape ? event.key !== 'Escape' : isWithin(place.current, event.target)) return;
      open.value = false;
      if (isEscape) button.current?.focus();
    };
    const types = ['pointerdown', 'focusin', 'keydown'];
    for (const type of types) addEventListener(type, leave);
    return () => {
      for (const type of types) removeEventListener(type, leave);
    };
  }, [isOpen]);
  return (
    <div class="popover" ref={place}>
      <button
        ref={button}
        type="button"
        class={buttonClass}
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={label}
        title={label}
        onClick={() => {
          open.value = !isOpen;
        }}
      >
        {face}
      </button>
      <div id={id} class="popover-card card" hidden={!isOpen}>
        {isOpen ? children : null}
      </div>
    </div>
  );
}

function isWithin(place: HTMLElement | null, target: EventTarget | null): boolean {
  return target instanceof Node && place?.contains(target) === true;
}
