import { isPattern, matches, type StompServer } from '@hostcast/stomp';
import { cutText } from './cutText.ts';
import type { DestinationView } from './sessionsBody.ts';

export interface AudienceOptions {
  readonly stomp: StompServer;
  /** How often a destination is published, ms; null where that is when something happens. */
  readonly intervalOf: (destination: string) => number | null;
  readonly now: () => number;
}

interface Published {
  readonly atMs: number;
  readonly bytes: number;
}

const shownDestinations = 1_000;

/** What is published, and how many look at it. */
export class Audience {
  readonly #options: AudienceOptions;
  readonly #viewers = new Map<string, number>();
  readonly #published = new Map<string, Published>();

  constructor(options: AudienceOptions) {
    this.#options = options;
    const { stomp } = options;
    stomp.on('subscribed', ({ subscription }) => this.#count(subscription.destination, 1));
    stomp.on('unsubscribed', ({ subscription }) => this.#count(subscription.destination, -1));
  }

  /** A body went out. */
  published(destination: string, body: string): void {
    this.#published.set(destination, { atMs: this.#options.now(), bytes: Buffer.byteLength(body) });
  }

  /** It is not kept up to date any more. */
  retracted(destination: string): void {
    this.#published.delete(destination);
  }

  /** How many there are, and the 1,000 of them that most look at. */
  view(): { readonly destinationCount: number; readonly destinations: DestinationView[] } {
    const patterns = [...this.#viewers].filter(([destination]) => isPattern(destination));
    const exact = [...this.#viewers.keys()].filter((destination) => !isPattern(destination));
    const all = [...new Set([...this.#published.keys(), ...exact])].map((destination) => {
      let viewers = this.#viewers.get(destination) ?? 0;
      for (const [pattern, count] of patterns) if (matches(pattern, destination)) viewers += count;
      return { destination, viewers };
    });
    all.sort((a, b) => b.viewers - a.viewers || (a.destination < b.destination ? -1 : 1));
    const shown = all.slice(0, shownDestinations);
    return {
      destinationCount: all.length,
      destinations: shown.map(({ destination, viewers }) => this.#view(destination, viewers)),
    };
  }

  #view(destination: string, viewers: number): DestinationView {
    const published = this.#published.get(destination);
    return {
      destination: cutText(destination),
      viewers,
      intervalMs: this.#options.intervalOf(destination),
      publishedMs: published?.atMs ?? null,
      bytes: published?.bytes ?? null,
    };
  }

  #count(destination: string, more: number): void {
    const viewers = (this.#viewers.get(destination) ?? 0) + more;
    if (viewers > 0) this.#viewers.set(destination, viewers);
    else this.#viewers.delete(destination);
  }
}
