import { createStompServer, OutboundFrame } from '@hostcast/stomp';
import { encodeFrame } from '@hostcast/stomp/codec';
import { FakeClock, FrameRecorder, MemoryClient } from '@hostcast/stomp/testing';
import { describe, expect, test } from 'vitest';

describe('the fake clock', () => {
  test('calls what falls due, in order, also what is set on the way', () => {
    const clock = new FakeClock(5_000);
    const calls: string[] = [];
    clock.setTimer(20, () => calls.push(`b ${clock.now()}`));
    clock.setTimer(10, () => {
      calls.push(`a ${clock.now()}`);
      clock.setTimer(5, () => calls.push(`c ${clock.now()}`));
    });
    clock.setTimer(15, () => calls.push('cancelled'))();
    clock.setTimer(21, () => calls.push('later'));
    clock.advance(20);
    expect(calls).toEqual(['a 5010', 'c 5015', 'b 5020']);
    expect([clock.timers, clock.monotonicMs()]).toEqual([1, 5_020]);
  });

  test('of two timers of one moment the older one is first', () => {
    const clock = new FakeClock();
    const calls: number[] = [];
    for (const number of [1, 2, 3]) clock.setTimer(10, () => calls.push(number));
    clock.advance(10);
    expect(calls).toEqual([1, 2, 3]);
  });
});

describe('the frame recorder', () => {
  const frame = { command: 'MESSAGE', headers: new Map([['a', 'b:c']]), body: Buffer.from('x\0y') } as const;

  test('finds frames however their octets were cut', async () => {
    const recorder = new FrameRecorder();
    const first = recorder.first('MESSAGE');
    for (const octet of encodeFrame(frame, '1.2')) recorder.record(Uint8Array.of(octet));
    expect((await first).headers.get('a')).toBe('b:c');
    expect(recorder.heard).toEqual(['MESSAGE:x\0y']);
    expect(await recorder.first('MESSAGE')).toBe(recorder.frames[0]);
  });

  test('reads what follows CONNECTED in the version that it names', () => {
    const recorder = new FrameRecorder();
    recorder.record(Buffer.from('CONNECTED\nversion:1.0\n\n\0'));
    recorder.record(encodeFrame({ ...frame, headers: new Map([['a', 'C\\temp']]) }, '1.0'));
    expect(recorder.frames[1]?.headers.get('a')).toBe('C\\temp');
  });
});

describe('the client in memory', () => {
  test('is a whole client: connects, subscribes, hears, disconnects', async () => {
    const stomp = createStompServer({
      clock: new FakeClock(),
      authenticate: ({ login }) => ({ name: `${login}` }),
    });
    const kim = new MemoryClient('192.0.2.7');
    stomp.accept(kim);
    kim.connect({ login: 'kim' });
    kim.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a:b' });
    stomp.publish('/topic/a:b', 'hello');
    kim.sendFrame('SEND', { destination: '/topic/a:b', receipt: '1' }, '안녕');
    expect(kim.heard).toEqual(['MESSAGE:hello', 'MESSAGE:안녕', 'RECEIPT:1']);
    const [session] = stomp.sessions.values();
    expect([session?.user?.name, session?.remoteAddress]).toEqual(['kim', '192.0.2.7']);
    kim.sendFrame('DISCONNECT', { receipt: 'bye' });
    expect((await kim.first('RECEIPT')).headers.get('receipt-id')).toBe('1');
    expect(kim.closed).toEqual({ code: 1000, text: 'client' });
  });

  test('of the README falls silent and is closed', () => {
    const clock = new FakeClock();
    const stomp = createStompServer({ clock });
    const kim = new MemoryClient();
    stomp.accept(kim);
    kim.connect({ login: 'kim', 'heart-beat': '1000,0' });
    kim.sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/time' });
    stomp.publish('/topic/time', 'noon');
    expect(kim.heard).toEqual(['MESSAGE:noon']);
    clock.advance(60_000);
    expect(kim.closed).toEqual({ code: 1002, text: 'no heart-beat for 20000 ms' });
  });

  test('sends octets as characters, and refuses to send others', () => {
    const stomp = createStompServer({ clock: new FakeClock() });
    const kim = new MemoryClient();
    stomp.accept(kim);
    kim.connect().sendFrame('SUBSCRIBE', { id: '0', destination: '/topic/a' });
    kim.send('SEND\ndestination:/topic/a\n\n\u00c3\u00a9\0');
    expect(kim.heard).toEqual(['MESSAGE:é']);
    expect(() => kim.send('SEND\ndestination:/topic/a\n\n안\0')).toThrow(RangeError);
  });

  test('may stop reading: what is written waits', () => {
    const kim = new MemoryClient();
    kim.stall();
    kim.write(new OutboundFrame({ command: 'RECEIPT', headers: new Map(), body: new Uint8Array(0) }, '1.2'));
    expect([kim.pendingBytes, kim.takenBytes, kim.heard]).toEqual([10, 0, []]);
    kim.read();
    expect([kim.pendingBytes, kim.takenBytes]).toEqual([0, 10]);
  });
});
