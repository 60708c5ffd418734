import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deadline, Wheel } from '../src/wheel.ts';

const day = 24 * 60 * 60 * 1_000;

/** Notes its name when it is taken. */
class Named extends Deadline {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  fire(): void {}
}

/** Turns to this tick and takes all that is due. */
function takeAll(wheel: Wheel, tick: number): Deadline[] {
  wheel.turn(tick);
  const taken: Deadline[] = [];
  for (let due = wheel.take(); due; due = wheel.take()) taken.push(due);
  return taken;
}

/** The ticks at which the wheel asks to be turned, up to and with the one at which something is due. */
function walk(wheel: Wheel): number[] {
  const ticks: number[] = [];
  for (let tick = wheel.nextTick; tick !== Infinity; tick = wheel.nextTick) {
    ticks.push(tick);
    if (takeAll(wheel, tick).length > 0) break;
  }
  return ticks;
}

test.each([1, 31, 32, 33, 1_023, 1_024, 1_025, 90_000, 24.8 * day, 25 * day, 400 * day, 2 ** 50])(
  'what is due after %d ticks is due then and not before',
  (after) => {
    for (const now of [0, 31, 1_000_000, 2 ** 31 - 1, 2 ** 52]) {
      const wheel = new Wheel(now);
      const one = new Named('one');
      wheel.arm(one, now + after);
      expect(takeAll(wheel, now + after - 1)).toEqual([]);
      expect(takeAll(wheel, now + after)).toEqual([one]);
      expect([wheel.size, one.isArmed]).toEqual([0, false]);
    }
  },
);

test('the way to what is far ahead has a few steps, of which the last is its tick', () => {
  const wheel = new Wheel(5);
  wheel.arm(new Named('one'), 5 + 90 * day);
  const ticks = walk(wheel);
  expect(ticks.at(-1)).toBe(5 + 90 * day);
  expect(ticks.length).toBeLessThanOrEqual(7);
  expect(walk(wheel)).toEqual([]);
});

test('what never comes waits and holds up nothing', () => {
  const wheel = new Wheel(0);
  const [never, soon] = [new Named('never'), new Named('soon')];
  wheel.arm(never, Infinity);
  wheel.arm(soon, 100);
  expect(takeAll(wheel, 100 * 365 * day)).toEqual([soon]);
  expect([wheel.size, never.isArmed]).toEqual([1, true]);
});

test('what is due when it is armed is due at the next turn, not within this one', () => {
  const wheel = new Wheel(10);
  const [one, two] = [new Named('one'), new Named('two')];
  wheel.arm(one, 10);
  expect(wheel.nextTick).toBe(10);
  wheel.turn(10);
  wheel.arm(two, 3);
  expect([wheel.take(), wheel.take()]).toEqual([one, undefined]);
  expect(takeAll(wheel, 10)).toEqual([two]);
});

test('of what is due together the older comes first, whichever level it has waited at', () => {
  const wheel = new Wheel(0);
  const [early, late, between] = [new Named('early'), new Named('late'), new Named('between')];
  wheel.arm(early, 1_100);
  wheel.turn(1_090);
  wheel.arm(late, 1_100);
  wheel.arm(between, 1_099);
  expect(takeAll(wheel, 5_000)).toEqual([between, early, late]);
});

test('arming again moves, also what is due; disarming takes out, also twice', () => {
  const wheel = new Wheel(0);
  const [one, two] = [new Named('one'), new Named('two')];
  wheel.arm(one, 10);
  wheel.arm(two, 10);
  wheel.turn(10);
  wheel.arm(one, 20);
  wheel.disarm(two);
  wheel.disarm(two);
  expect([wheel.take(), wheel.size, wheel.nextTick]).toEqual([undefined, 1, 20]);
  expect(takeAll(wheel, 20)).toEqual([one]);
});

/** The same with a list in which everything is looked for. */
class ListOfDeadlines {
  #waiting: { name: string; tick: number; mayBeTaken: boolean }[] = [];
  #tick = 0;

  get size(): number {
    return this.#waiting.length;
  }

  get dueTick(): number {
    return Math.min(...this.#waiting.map(({ tick }) => tick));
  }

  arm(name: string, tick: number): void {
    this.disarm(name);
    this.#waiting.push({ name, tick: Math.max(tick, this.#tick), mayBeTaken: tick > this.#tick });
  }

  disarm(name: string): void {
    this.#waiting = this.#waiting.filter((each) => each.name !== name);
  }

  turn(tick: number): void {
    this.#tick = tick;
    for (const each of this.#waiting) each.mayBeTaken = true;
    this.#waiting.sort((a, b) => a.tick - b.tick);
  }

  take(): string | undefined {
    const due = this.#waiting.filter(({ tick, mayBeTaken }) => mayBeTaken && tick <= this.#tick);
    const [first] = due.toSorted((a, b) => a.tick - b.tick);
    if (first) this.disarm(first.name);
    return first?.name;
  }
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const distance = fc.oneof(
  fc.integer({ min: -3, max: 40 }),
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 60 * day }),
);
const step = fc.oneof(
  fc.record({ what: fc.constant('arm'), name: fc.constantFrom(...names), by: distance }),
  fc.record({ what: fc.constant('disarm'), name: fc.constantFrom(...names), by: fc.constant(0) }),
  fc.record({ what: fc.constantFrom('turn', 'turn to next', 'take'), name: fc.constant(''), by: distance }),
);

test('armed, moved, disarmed and turned in whatever order: the same as a list', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 40 }), fc.array(step, { maxLength: 60 }), (start, steps) => {
      const [wheel, list] = [new Wheel(start), new ListOfDeadlines()];
      const deadlines = new Map(names.map((name) => [name, new Named(name)]));
      let now = start;
      list.turn(now);
      for (const { what, name, by } of steps) {
        const one = deadlines.get(name);
        if (what === 'arm' && one) wheel.arm(one, now + by);
        if (what === 'arm') list.arm(name, now + by);
        if (what === 'disarm' && one) wheel.disarm(one);
        if (what === 'disarm') list.disarm(name);
        if (what === 'take') expect(nameOf(wheel.take())).toBe(list.take());
        if (what.startsWith('turn')) {
          const next = wheel.nextTick;
          now = what === 'turn to next' && next !== Infinity ? next : now + Math.max(0, by);
          wheel.turn(now);
          list.turn(now);
        }
        expect(wheel.size).toBe(list.size);
        expect(wheel.nextTick).toBeLessThanOrEqual(Math.max(list.dueTick, now));
        if (list.size === 0) expect(wheel.nextTick).toBe(Infinity);
      }
    }),
    { numRuns: 2_000 },
  );
});

function nameOf(deadline: Deadline | undefined): string | undefined {
  return deadline instanceof Named ? deadline.name : undefined;
}
