import { FakeClock } from '@hostcast/stomp/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crowdLateMs, RunningClock } from '../src/runningClock.ts';
import { Deadline } from '../src/wheel.ts';
import { BusyFakeClock } from './support/busyClock.ts';

const day = 24 * 60 * 60 * 1_000;

/** Does something when its time has come. */
class Act extends Deadline {
  readonly #act: () => void;

  constructor(act: () => void) {
    super();
    this.#act = act;
  }

  fire(): void {
    this.#act();
  }
}

function made() {
  const clock = new FakeClock();
  return { clock, running: new RunningClock(clock), log: [] as string[] };
}

test('one timer of the machine serves all, and none where nothing waits', () => {
  const { clock, running } = made();
  const cancels = [1, 20, 300, 4_000].map((ms) => running.setTimer(ms, () => {}));
  expect(clock.timers).toBe(1);
  clock.advance(20);
  expect(clock.timers).toBe(1);
  for (const cancel of cancels) cancel();
  expect(clock.timers).toBe(0);
  running.setTimer(5, () => {});
  clock.advance(5);
  expect(clock.timers).toBe(0);
});

test.each([0, 1, 250, 9_000, day])('a timer of %d ms is met to the millisecond', (ms) => {
  const { clock, running, log } = made();
  clock.advance(17);
  running.setTimer(ms, () => log.push('over'));
  if (ms > 0) clock.advance(ms - 1);
  expect(log).toEqual([]);
  clock.advance(ms > 0 ? 1 : 0);
  expect([log, clock.timers]).toEqual([['over'], 0]);
});

test('a deadline of 90 days is met to the millisecond', () => {
  const { clock, running, log } = made();
  running.arm(new Act(() => log.push('over')), 90 * day, false);
  clock.advance(90 * day - 1);
  expect([log, clock.timers]).toEqual([[], 1]);
  clock.advance(1);
  expect([log, clock.timers]).toEqual([['over'], 0]);
});

test('what is cancelled where another one fires does not fire any more', () => {
  const { clock, running, log } = made();
  const two = new Act(() => log.push('two'));
  const one = new Act(() => running.disarm(two));
  running.arm(one, 10);
  running.arm(two, 10);
  clock.advance(10);
  expect([log, clock.timers]).toEqual([[], 0]);
});

test('what is armed where it fires, even at once, has its next turn', () => {
  const { clock, running, log } = made();
  const one: Deadline = new Act(() => {
    log.push(`${clock.now() - 1_000_000}`);
    if (log.length < 4) running.arm(one, log.length === 1 ? 0 : 5);
  });
  running.arm(one, 10);
  clock.advance(10);
  expect(log).toEqual(['10', '10']);
  clock.advance(60);
  expect([log, clock.timers]).toEqual([['10', '10', '15', '20'], 0]);
});

test('one that throws stops none of the others', () => {
  const { clock, running, log } = made();
  running.setTimer(10, () => {
    throw new Error('no');
  });
  running.setTimer(10, () => log.push('two'));
  expect(() => clock.advance(10)).toThrow('no');
  clock.advance(0);
  expect([log, clock.timers]).toEqual([['two'], 0]);
});

test('what is due together fires in turns, and what waits for one can be disarmed', () => {
  const clock = new BusyFakeClock(0.1);
  const running = new RunningClock(clock);
  let fired = 0;
  const all = Array.from({ length: 500 }, () => new Act(() => (fired += 1)));
  for (const each of all) running.arm(each, 10_000);
  clock.block(11_000);
  clock.advance(0);
  expect(fired).toBeGreaterThan(50);
  expect(fired).toBeLessThan(150);
  for (const each of all.slice(400)) running.disarm(each);
  let turns = 0;
  for (; clock.resting.size > 0; turns += 1) clock.nextTurn();
  expect([fired, turns > 2]).toEqual([400, true]);
});

test('a crowd is looked after in groups: none early, none later than it may be', () => {
  const { clock, running } = made();
  const lateMs: number[] = [];
  for (let ms = 1; ms <= 3_000; ms += 1) {
    running.setTimer(20_000 + ms, () => lateMs.push(clock.now() - 1_020_000 - ms));
  }
  let looks = 0;
  for (let last = 0; lateMs.length < 1_900; last = lateMs.length) {
    clock.advance(1);
    if (lateMs.length > last) looks += 1;
  }
  expect([Math.min(...lateMs), Math.max(...lateMs) <= crowdLateMs]).toEqual([0, true]);
  expect(looks).toBeLessThan(130);
});

test('where a stop does not matter to those who wait, nobody looks for one', () => {
  const clock = new BusyFakeClock(0);
  const running = new RunningClock(clock);
  running.arm(new Act(() => {}), day, false);
  clock.looks = 0;
  clock.advance(day);
  expect(clock.looks).toBeLessThan(30);
});

test('what a stop matters to gets its time, the rest does not', () => {
  const { clock, running, log } = made();
  running.setTimer(1_000, () => log.push(`running ${clock.now() - 1_000_000}`));
  running.arm(new Act(() => log.push(`plain ${clock.now() - 1_000_000}`)), 1_000, false);
  clock.advance(500);
  clock.block(30_000);
  clock.advance(0);
  expect(log).toEqual(['plain 30500']);
  clock.advance(1_000);
  expect(log).toEqual(['plain 30500', 'running 30750']);
});

const step = fc.oneof(
  fc.record({ what: fc.constant('arm'), ms: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 30_000 })) }),
  fc.record({ what: fc.constantFrom('advance', 'block'), ms: fc.nat({ max: 3_000 }) }),
  fc.record({ what: fc.constant('cancel'), ms: fc.nat({ max: 20 }) }),
);

// A stop of up to a quarter of a second may go unnoticed. More time than there was a stop nobody gets.
test('whenever the process is held up, each timer fires once, not early, and as late as it was held up', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { clock, running } = made();
      const timers: {
        dueMs: number;
        heldUpMs: number;
        noticedMs: number;
        isOver: boolean;
        cancel: () => void;
      }[] = [];
      for (const { what, ms } of steps) {
        if (what === 'advance') clock.advance(ms);
        if (what === 'cancel' && timers[ms]) {
          timers[ms].cancel();
          timers[ms].isOver = true;
        }
        if (what === 'block') {
          clock.block(ms);
          for (const each of timers) each.heldUpMs += ms;
          for (const each of timers) each.noticedMs += Math.max(0, ms - 250);
        }
        if (what === 'arm') {
          const timer = {
            dueMs: clock.now() + ms,
            heldUpMs: 0,
            noticedMs: 0,
            isOver: false,
            cancel: () => {},
          };
          timer.cancel = running.setTimer(ms, () => {
            expect(timer.isOver).toBe(false);
            timer.isOver = true;
            expect(clock.now()).toBeGreaterThanOrEqual(timer.dueMs + timer.noticedMs);
            expect(clock.now()).toBeLessThanOrEqual(timer.dueMs + timer.heldUpMs);
          });
          timers.push(timer);
        }
      }
      clock.advance(200_000);
      expect(timers.filter(({ isOver }) => !isOver)).toEqual([]);
      expect(clock.timers).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});
