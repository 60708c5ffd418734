import type { FleetSnapshot } from '../publish/snapshots.ts';
import type { Scope } from '../security/principal.ts';
import { fleetInScope } from '../security/scope.ts';

/** Scopes whose fleet is kept: of 10,000 hosts it has a megabyte. */
const keptScopes = 64;

/** The fleet as JSON in octets, made once per snapshot and scope however many ask for it. */
export class FleetTexts {
  readonly #made = new WeakMap<FleetSnapshot, Map<string, Buffer>>();

  of(fleet: FleetSnapshot, scope: Scope | undefined): Buffer {
    const made = this.#made.get(fleet) ?? new Map<string, Buffer>();
    this.#made.set(fleet, made);
    const key = JSON.stringify([scope?.hosts, scope?.tags]);
    const text = made.get(key) ?? Buffer.from(JSON.stringify(fleetInScope(fleet, scope)));
    made.set(key, text);
    const [oldest] = made.keys();
    if (made.size > keptScopes && oldest !== undefined) made.delete(oldest);
    return text;
  }
}
