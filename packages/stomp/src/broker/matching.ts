import { isPattern, segmentsOf } from './destination.ts';

interface Node<T> {
  readonly parent: Node<T> | null;
  readonly segment: string;
  readonly children: Map<string, Node<T>>;
  readonly values: Set<T>;
}

/**
 * Values under exact destinations and patterns, found by destination.
 *
 * Exact ones are a map. Patterns are a trie of segments that is walked as an automaton: the set of nodes
 * reached so far is moved on by one segment at a time, and a `**` node stays in the set. A node is in the
 * set once however many ways lead to it, so the work is bounded by segments x nodes, whatever the pattern.
 */
export class DestinationMap<T> {
  readonly #exact = new Map<string, Set<T>>();
  readonly #patterns: Node<T> = newNode<T>(null, '');

  add(destination: string, value: T): void {
    if (isPattern(destination)) {
      this.#grow(destination).values.add(value);
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
    for (const value of this.#exact.get(destination) ?? []) visit(value);
    if (this.#patterns.children.size === 0) return;
    let reached = new Set<Node<T>>();
    reach(this.#patterns, reached);
    for (const segment of segmentsOf(destination)) {
      reached = moveOn(reached, segment);
      if (reached.size === 0) return;
    }
    for (const node of reached) for (const value of node.values) visit(value);
  }

  #grow(pattern: string): Node<T> {
    let node = this.#patterns;
    for (const segment of segmentsOf(pattern)) {
      const child = node.children.get(segment) ?? newNode(node, segment);
      node.children.set(segment, child);
      node = child;
    }
    return node;
  }

  #prune(pattern: string, value: T): boolean {
    let node: Node<T> | null | undefined = this.#patterns;
    for (const segment of segmentsOf(pattern)) node = node?.children.get(segment);
    const isFound = node?.values.delete(value) ?? false;
    while (node?.parent && node.values.size === 0 && node.children.size === 0) {
      node.parent.children.delete(node.segment);
      node = node.parent;
    }
    return isFound;
  }
}

function newNode<T>(parent: Node<T> | null, segment: string): Node<T> {
  return { parent, segment, children: new Map(), values: new Set() };
}

function moveOn<T>(nodes: ReadonlySet<Node<T>>, segment: string): Set<Node<T>> {
  const next = new Set<Node<T>>();
  for (const node of nodes) {
    if (node.segment === '**') reach(node, next);
    reach(node.children.get(segment), next);
    reach(node.children.get('*'), next);
  }
  return next;
}

// `**` matches no segment as well: its node is reached together with the one before it.
function reach<T>(node: Node<T> | undefined, reached: Set<Node<T>>): void {
  for (let each = node; each && !reached.has(each); each = each.children.get('**')) reached.add(each);
}
