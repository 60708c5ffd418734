// A hierarchical timing wheel (Varghese and Lauck, 1987). A tick is a millisecond; a level has 32 slots, each as
// long as all slots of the level below. What waits lies at the level of the highest digit, to base 32, in which its
// tick differs from the present one; when the wheel comes to its slot, it moves down. So arming and disarming cost
// the same however many wait, and each deadline is moved some three times in its life.

const slots = 32;

/** Enough for every whole number that is exact. */
const levels = 11;

/** A place in a ring of deadlines. */
class Link {
  /** The ring's neighbours; itself where it is in none. */
  next: Link = this;
  previous: Link = this;

  append(link: Link): void {
    link.next = this;
    link.previous = this.previous;
    this.previous.next = link;
    this.previous = link;
  }

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
  }
}

/** Something that falls due. Its owner extends this class, so that arming makes nothing. */
export abstract class Deadline extends Link {
  /** When it is due: the wheel's. */
  tick = 0;
  /** Whether a stop of this process gives it more time: the clock's. */
  isRunning = false;

  /** Whether it waits for its time. */
  get isArmed(): boolean {
    return this.next !== this;
  }

  /** Its time has come; once for each time that it was armed. It may be armed again from here. */
  abstract fire(): void;
}

/** Where the deadlines of one slot are. */
class Ring extends Link {
  /** The tick at which the wheel comes to it. */
  startTick = 0;

  get isEmpty(): boolean {
    return this.next === this;
  }
}

/** Deadlines, by the millisecond in which they are due. It has no clock: it is told how far to turn. */
export class Wheel {
  readonly #rings: readonly Ring[] = Array.from({ length: levels * slots }, () => new Ring());
  /** Of each level, a bit for each slot that may hold something. */
  readonly #filled = new Array<number>(levels).fill(0);
  readonly #due = new Ring();
  // What is due when it is armed, and so at the next turn.
  readonly #atOnce = new Ring();
  #size = 0;
  #tick: number;

  /** `tick`: the present one. */
  constructor(tick: number) {
    this.#tick = tick;
  }

  /** How many wait, among them what is due and was not taken. */
  get size(): number {
    return this.#size;
  }

  /** Lets a deadline be due at this tick, and not at the one before where it was armed. */
  arm(deadline: Deadline, tick: number): void {
    this.disarm(deadline);
    deadline.tick = Math.min(tick, Number.MAX_SAFE_INTEGER);
    this.#size += 1;
    if (deadline.tick > this.#tick) this.#place(deadline);
    else this.#atOnce.append(deadline);
  }

  /** Nothing where it is not armed. */
  disarm(deadline: Deadline): void {
    if (!deadline.isArmed) return;
    deadline.unlink();
    this.#size -= 1;
  }

  /** The tick to which the wheel is to be turned next: nothing is due before. Infinity where nothing waits. */
  get nextTick(): number {
    if (!this.#due.isEmpty || !this.#atOnce.isEmpty) return this.#tick;
    return this.#nextRing()?.startTick ?? Infinity;
  }

  /** Turns to this tick: `take` gives what is due by then. */
  turn(tick: number): void {
    moveAll(this.#atOnce, (deadline) => this.#due.append(deadline));
    for (let ring = this.#nextRing(); ring && ring.startTick <= tick; ring = this.#nextRing()) {
      this.#tick = ring.startTick;
      moveAll(ring, (deadline) => this.#place(deadline));
    }
    this.#tick = Math.max(this.#tick, tick);
  }

  /** The next one that is due, in the order of ticks and, within one, of arming. What is armed meanwhile is not. */
  take(): Deadline | undefined {
    const first = this.#due.next;
    if (!(first instanceof Deadline)) return undefined;
    this.disarm(first);
    return first;
  }

  #place(deadline: Deadline): void {
    const { tick } = deadline;
    if (tick <= this.#tick) {
      this.#due.append(deadline);
      return;
    }
    let level = 0;
    let span = 1;
    while (Math.floor(tick / (span * slots)) !== Math.floor(this.#tick / (span * slots))) {
      level += 1;
      span *= slots;
    }
    const slot = Math.floor(tick / span) % slots;
    const ring = this.#rings[level * slots + slot];
    if (!ring) throw new RangeError(`tick ${tick} is beyond the wheel`);
    ring.startTick = Math.floor(tick / span) * span;
    ring.append(deadline);
    this.#filled[level] = (this.#filled[level] ?? 0) | (1 << slot);
  }

  // The nearest that holds something: what lies at a lower level comes first.
  #nextRing(): Ring | undefined {
    for (let level = 0; level < levels; level += 1) {
      let filled = this.#filled[level] ?? 0;
      while (filled !== 0) {
        const slot = 31 - Math.clz32(filled & -filled);
        const ring = this.#rings[level * slots + slot];
        if (ring && !ring.isEmpty) return ring;
        filled &= ~(1 << slot);
        this.#filled[level] = filled;
      }
    }
    return undefined;
  }
}

function moveAll(ring: Ring, move: (deadline: Deadline) => void): void {
  for (let first = ring.next; first instanceof Deadline; first = ring.next) {
    first.unlink();
    move(first);
  }
}
