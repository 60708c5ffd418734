import { headerLine } from '../codec/encoder.ts';
import type { StompVersion } from '../codec/frame.ts';

/** What decides which octets a subscription gets: all that have these in common share one object of it. */
export class SubscriberGroup {
  readonly version: StompVersion;
  readonly subscriptionId: string;
  /** Whether MESSAGE has an `ack` header. */
  readonly hasAck: boolean;
  /** Whether MESSAGE says so: on the first message of a subscription that asked to be resumed. */
  readonly isRecovered: boolean | undefined;
  /** How many subscriptions are in it. */
  members = 0;
  /** How each MESSAGE of it begins on the wire. */
  readonly start: string;
  #recovered: SubscriberGroup | undefined;
  #unrecovered: SubscriberGroup | undefined;

  constructor(version: StompVersion, subscriptionId: string, hasAck: boolean, isRecovered?: boolean) {
    this.version = version;
    this.subscriptionId = subscriptionId;
    this.hasAck = hasAck;
    this.isRecovered = isRecovered;
    const told = isRecovered === undefined ? '' : `recovered:${isRecovered}\n`;
    this.start = `MESSAGE\n${headerLine('subscription', subscriptionId, version)}${told}`;
  }

  /** The same group for the one message that tells whether its subscription was resumed. */
  telling(isRecovered: boolean): SubscriberGroup {
    const { version, subscriptionId, hasAck } = this;
    const made = isRecovered ? this.#recovered : this.#unrecovered;
    const group = made ?? new SubscriberGroup(version, subscriptionId, hasAck, isRecovered);
    if (isRecovered) this.#recovered = group;
    else this.#unrecovered = group;
    group.members = this.members;
    return group;
  }
}

/** All groups that have members. */
export class SubscriberGroups {
  readonly #groups = new Map<string, SubscriberGroup>();
  // The one that was joined last: most clients call their subscriptions alike.
  #last: SubscriberGroup | undefined;

  /** How many there are. */
  get size(): number {
    return this.#groups.size;
  }

  /** The group of a subscription that comes; `leave` is to be called when it goes. */
  join(version: StompVersion, subscriptionId: string, hasAck: boolean): SubscriberGroup {
    const last = this.#last;
    const isLast =
      last?.subscriptionId === subscriptionId && last.version === version && last.hasAck === hasAck;
    const group = isLast ? last : this.#find(version, subscriptionId, hasAck);
    group.members += 1;
    this.#last = group;
    return group;
  }

  leave(group: SubscriberGroup): void {
    group.members -= 1;
    if (group.members > 0) return;
    this.#groups.delete(keyOf(group.version, group.subscriptionId, group.hasAck));
    if (this.#last === group) this.#last = undefined;
  }

  #find(version: StompVersion, subscriptionId: string, hasAck: boolean): SubscriberGroup {
    const key = keyOf(version, subscriptionId, hasAck);
    const known = this.#groups.get(key);
    if (known) return known;
    const group = new SubscriberGroup(version, subscriptionId, hasAck);
    this.#groups.set(key, group);
    return group;
  }
}

// The id, which the client chooses, stays last: none may read like another group's key.
function keyOf(version: StompVersion, subscriptionId: string, hasAck: boolean): string {
  return `${version} ${hasAck ? 'ack' : 'auto'} ${subscriptionId}`;
}
