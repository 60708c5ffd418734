import type { ChannelInterceptor, Message, Session, StompServer } from '@hostcast/stomp';
import { fleetDestination, hostOfDestination } from '../publish/destinations.ts';
import type { FleetSnapshot, HostSnapshot } from '../publish/snapshots.ts';
import { principalOf } from './authorize.ts';
import { ruleOf } from './policy.ts';
import type { Scope } from './principal.ts';
import { fleetInScope, seesHost } from './scope.ts';

/**
 * Keeps from sessions with a scope what is outside of it: the last gate before the socket. It stands in the
 * clientOutboundChannel only while such a session lives, since everybody's deliveries pass there one by one.
 */
export class ScopedDeliveries {
  readonly #stomp: StompServer;
  readonly #scoped = new Set<Session>();
  #remove: (() => void) | undefined;

  constructor(stomp: StompServer) {
    this.#stomp = stomp;
    stomp.on('connect', ({ session }) => this.changed(session));
    stomp.on('disconnected', ({ session }) => this.#note(session, false));
  }

  /** To be told when a session has become somebody else's, or its scope another one. */
  changed(session: Session): void {
    this.#note(session, principalOf(session)?.scope !== undefined);
  }

  #note(session: Session, isScoped: boolean): void {
    if (isScoped) this.#scoped.add(session);
    else this.#scoped.delete(session);
    if (this.#scoped.size > 0) this.#remove ??= this.#stomp.clientOutboundChannel.use(new ScopeFilter());
    else {
      this.#remove?.();
      this.#remove = undefined;
    }
  }
}

/** Reads each snapshot once however many it goes to, and cuts the fleet once per scope. */
class ScopeFilter implements ChannelInterceptor {
  readonly #hosts = new WeakMap<Uint8Array, HostSnapshot>();
  readonly #fleets = new WeakMap<Uint8Array, FleetCuts>();

  preSend(message: Message): Message | null | undefined {
    const scope = message.session && principalOf(message.session)?.scope;
    if (scope === undefined || message.command !== 'MESSAGE') return undefined;
    const { destination = '', body } = message;
    if (destination === fleetDestination) {
      return message.with({ body: once(this.#fleets, body, () => new FleetCuts(message)).of(scope) });
    }
    if (hostOfDestination(destination) === null) {
      // A scope that came during the session counts for what was subscribed to before, too.
      return ruleOf('SUBSCRIBE', destination)?.hosts === 'none' ? undefined : null;
    }
    const { host, tags } = once(this.#hosts, body, (): HostSnapshot => JSON.parse(message.text()));
    return seesHost(scope, host, tags) ? undefined : null;
  }
}

/** One fleet snapshot, as each scope may see it. */
class FleetCuts {
  readonly #fleet: FleetSnapshot;
  readonly #bodies = new Map<string, Uint8Array>();

  constructor(message: Message) {
    this.#fleet = JSON.parse(message.text());
  }

  of(scope: Scope): Uint8Array {
    const key = JSON.stringify([scope.hosts, scope.tags]);
    const body = this.#bodies.get(key) ?? encode(JSON.stringify(fleetInScope(this.#fleet, scope)));
    this.#bodies.set(key, body);
    return body;
  }
}

function once<Value>(made: WeakMap<Uint8Array, Value>, body: Uint8Array, make: () => Value): Value {
  const value = made.get(body) ?? make();
  made.set(body, value);
  return value;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
