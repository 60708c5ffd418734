import { isPattern } from './destination.ts';
import { type CompiledParts, compileParts, matchesFrom, partsOf, segmentsIn } from './pattern.ts';

/**
 * Chosen: segments up to which patterns are told apart by a trie. Each may double the nodes that one destination
 * reaches, so a deep trie costs more than what is left of a pattern in one piece.
 */
const trieDepth = 8;

/** Chosen: each takes 3 µs at worst, in a process that has just begun. */
const looksAtOnce = 256;

interface Node<T> {
  readonly parent: Node<T> | null;
  readonly segment: string;
  readonly children: Map<string, Node<T>>;
  readonly values: Set<T>;
  /** What follows here of a pattern in one piece, by its text. */
  readonly rests: Map<string, Rest<T>>;
}

interface Rest<T> {
  readonly parts: CompiledParts;
  readonly values: Set<T>;
}

/**
 * Values under exact destinations and patterns, found by destination.
 *
 * Exact ones are a map. Patterns are a trie of their first segments, up to the first `**`; a node is reached by one
 * way only. What follows is kept at its node and tested one by one, from there on: see `matchesFrom`.
 */
export class DestinationMap<T> {
  readonly #exact = new Map<string, Set<T>>();
  readonly #patterns: Node<T> = newNode<T>(null, '');

  add(destination: string, value: T): void {
    if (isPattern(destination)) {
      this.#grow(destination).add(value);
      return;
    }
    const values = this.#exact.get(destination);
    if (values) values.add(value);
    else this.#exact.set(destination, new Set([value]));
  }

  /** Whether it was there. */
  delete(destination: string, value: T): boolean {
    if (isPattern(destination)) return this.#prune(destination, value);
    const values = this.#exact.get(destination);
    const isFound = values?.delete(value) ?? false;
    if (values?.size === 0) this.#exact.delete(destination);
    return isFound;
  }

  /** Calls with every value whose destination or pattern matches, once each. */
  forEach(destination: string, visit: (value: T) => void): void {
    for (const values of this.matching(destination)) for (const value of values ?? []) visit(value);
  }

  /**
   * The values whose destination or pattern matches, once each, by the set; undefined in between, after so much looking
   * for them that others may have their turn. What is taken out meanwhile does not come any more, what is added may or
   * may not.
   */
  *matching(destination: string): Generator<ReadonlySet<T> | undefined, void> {
    const exact = this.#exact.get(destination);
    if (exact) yield exact;
    if (this.#hasPatterns) yield* this.#matchingPatterns(destination);
  }

  /** The same; the one set where there is only that to look at, or nothing. */
  reachedBy(destination: string): ReadonlySet<T> | Iterator<ReadonlySet<T> | undefined, void> | undefined {
    return this.#hasPatterns ? this.matching(destination) : this.#exact.get(destination);
  }

  get #hasPatterns(): boolean {
    const { children, rests, values } = this.#patterns;
    return children.size > 0 || rests.size > 0 || values.size > 0;
  }

  *#matchingPatterns(destination: string): Generator<ReadonlySet<T> | undefined, void> {
    const segments = segmentsIn(destination);
    const { starts } = segments;
    let nodes: readonly Node<T>[] = [this.#patterns];
    let looks = 0;
    for (let index = 0; nodes.length > 0; index += 1) {
      for (const { rests } of nodes) {
        for (const { parts, values } of rests.values()) {
          if (matchesFrom(parts, segments, index)) yield values;
          looks += 1;
          if (looks % looksAtOnce === 0) yield undefined;
        }
      }
      const next = starts[index + 1];
      if (next === undefined) {
        for (const { values } of nodes) yield values;
        return;
      }
      nodes = moveOn(nodes, destination.slice(starts[index], next - 1));
    }
  }

  #grow(pattern: string): Set<T> {
    const { head, rest, key } = splitPattern(pattern);
    let node = this.#patterns;
    for (const segment of head) {
      const child = node.children.get(segment) ?? newNode(node, segment);
      node.children.set(segment, child);
      node = child;
    }
    if (rest.length === 0) return node.values;
    const { values } = node.rests.get(key) ?? { values: new Set<T>() };
    if (values.size === 0) node.rests.set(key, { parts: compileParts(rest), values });
    return values;
  }

  #prune(pattern: string, value: T): boolean {
    const { head, rest, key } = splitPattern(pattern);
    let node: Node<T> | null | undefined = this.#patterns;
    for (const segment of head) node = node?.children.get(segment);
    const values = rest.length === 0 ? node?.values : node?.rests.get(key)?.values;
    const isFound = values?.delete(value) ?? false;
    if (values?.size === 0) node?.rests.delete(key);
    while (node?.parent && isEmpty(node)) {
      node.parent.children.delete(node.segment);
      node = node.parent;
    }
    return isFound;
  }
}

function newNode<T>(parent: Node<T> | null, segment: string): Node<T> {
  return { parent, segment, children: new Map(), values: new Set(), rests: new Map() };
}

function isEmpty<T>({ values, children, rests }: Node<T>): boolean {
  return values.size === 0 && children.size === 0 && rests.size === 0;
}

function moveOn<T>(nodes: readonly Node<T>[], segment: string): readonly Node<T>[] {
  const next: Node<T>[] = [];
  for (const { children } of nodes) {
    const any = children.get('*');
    const exact = children.get(segment);
    if (any) next.push(any);
    if (exact && exact !== any) next.push(exact);
  }
  return next;
}

function splitPattern(pattern: string) {
  const parts = partsOf(pattern);
  const first = parts.indexOf('**');
  const depth = Math.min(first < 0 ? parts.length : first, trieDepth);
  const rest = parts.slice(depth);
  return { head: parts.slice(0, depth), rest, key: rest.join('/') };
}
