import { signal } from '@preact/signals';

/** What is shown stands still: since it was paused or zoomed, with how many samples came meanwhile, or as it once was. */
export type Standing = { readonly kind: 'paused'; readonly missed: number } | { readonly kind: 'past' };

/** Undefined while what is shown moves on. */
export const standing = signal<Standing | undefined>(undefined);
