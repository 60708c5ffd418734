import { signal } from '@preact/signals';

/** The dialogs that can be opened from anywhere. */
export type DialogName = 'find' | 'keys' | 'addHost' | 'diagnosis';

/** The one that is open. */
export const openDialog = signal<DialogName | undefined>(undefined);

/** Takes away whichever is open. */
export function closeDialog(): void {
  openDialog.value = undefined;
}
