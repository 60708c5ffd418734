import type { SessionEvent } from 'hostcast/sessions';
import { describe, expect, it } from 'vitest';
import { joinLog, wentWrong } from '../../src/connections/sessionLog.ts';

const about = { user: null, address: '192.0.2.7', transport: 'websocket' };

function connect(n: number): SessionEvent {
  return { ...about, time: n, event: 'connect', session: `s${n}` };
}

function refused(time: number, count: number): SessionEvent {
  return { ...about, time, event: 'refused', session: null, detail: 'wrong password', count };
}

/** Events from `last` down to `first`, as they are pushed: the newest first. */
function connects(last: number, first: number): SessionEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => connect(last - index));
}

describe('the log as it is pushed piece by piece', () => {
  it('is joined where the pieces meet', () => {
    expect(joinLog(connects(100, 1), connects(103, 4)).map(({ time }) => time)).toEqual(
      Array.from({ length: 103 }, (_, index) => 103 - index),
    );
  });

  it('begins anew where more happened than is pushed: no silent gap', () => {
    expect(joinLog(connects(100, 1), connects(300, 201))).toEqual(connects(300, 201));
  });

  it('keeps what was seen before the server was started anew', () => {
    expect(joinLog(connects(3, 1), [connect(9)]).map(({ time }) => time)).toEqual([9, 3, 2, 1]);
  });

  it('has one entry for an address that is turned away again', () => {
    const log = joinLog([connect(3), refused(2, 1), connect(1)], [refused(4, 2), connect(3)]);
    expect(log).toEqual([refused(4, 2), connect(3), connect(1)]);
  });

  it('takes a refusal that moved up for no meeting point', () => {
    const pushed = [refused(500, 9), ...connects(299, 201)];
    expect(joinLog([refused(2, 1), connect(1)], pushed)).toEqual(pushed);
  });

  it('holds 1,000 at most', () => {
    expect(joinLog(connects(1_000, 1), connects(1_001, 1_000))).toHaveLength(1_000);
  });
});

describe('what went wrong', () => {
  it('is a refusal, or an end that nobody wanted', () => {
    const end = (reason: SessionEvent['reason']): SessionEvent => ({
      ...connect(1),
      event: 'disconnect',
      ...(reason && { reason }),
    });
    expect(wentWrong(refused(1, 1))).toBe(true);
    expect(wentWrong(connect(1))).toBe(false);
    expect(
      (['heartbeat', 'slow', 'protocol', 'kicked'] as const).map((reason) => wentWrong(end(reason))),
    ).toEqual([true, true, true, true]);
    expect((['client', 'socket', 'shutdown'] as const).map((reason) => wentWrong(end(reason)))).toEqual([
      false,
      false,
      false,
    ]);
  });
});
