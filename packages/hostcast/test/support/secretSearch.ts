/** Looks for secrets in what came to light, in every form in which somebody could read them there. */
export class SecretSearch {
  readonly #forms = new Map<string, readonly string[]>();
  readonly #seen: { readonly place: string; readonly text: string; readonly meant: ReadonlySet<string> }[] =
    [];

  /** Has a secret looked for, under a name that can be shown. */
  watch(name: string, secret: string): string {
    if (secret.length < 12) throw new Error(`${name} is too short to be found by chance never`);
    this.#forms.set(name, formsOf(secret));
    return secret;
  }

  /** Keeps what came to light at a place; secrets named by `meant` belong there. */
  saw(place: string, text: string, meant: readonly string[] = []): void {
    this.#seen.push({ place, text: text.toLowerCase(), meant: new Set(meant) });
  }

  /** How much there is to search. */
  get characters(): number {
    return this.#seen.reduce((sum, { text }) => sum + text.length, 0);
  }

  /** `<secret> in <place>` for each that is where it does not belong. */
  get found(): string[] {
    const found = this.#seen.flatMap(({ place, text, meant }) =>
      [...this.#forms]
        .filter(([name, forms]) => !meant.has(name) && forms.some((form) => text.includes(form)))
        .map(([name]) => `${name} in ${place}`),
    );
    return [...new Set(found)];
  }
}

/** As it is; in JSON, percent-encoded, as hex, and as base64 at each of the three places where it can begin. */
function formsOf(secret: string): readonly string[] {
  const octets = Buffer.from(secret);
  const base64 = [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), octets]).toString('base64url');
    // What stands at the ends depends on the neighbours.
    const whole = text.slice(before === 0 ? 0 : before + 1, -2);
    return [whole, whole.replaceAll('-', '+').replaceAll('_', '/')];
  });
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = [secret, json, encodeURIComponent(secret), octets.toString('hex'), ...base64];
  return [...new Set(forms.map((form) => form.toLowerCase()))];
}
