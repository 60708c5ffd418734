import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TurnWriter, WriteTurn } from '../../src/transport/turnWriter.ts';

/** A socket that keeps each piece that is written to it. */
class Pieces extends Writable {
  readonly pieces: Uint8Array[] = [];

  constructor() {
    super({ decodeStrings: false });
  }

  override _write(piece: Uint8Array, _encoding: string, done: () => void): void {
    this.pieces.push(piece);
    done();
  }

  get texts(): string[] {
    return this.pieces.map((piece) => Buffer.from(piece).toString());
  }
}

function writerTo(socket: Pieces, turn: WriteTurn): { writer: TurnWriter; offered: number[] } {
  const offered: number[] = [];
  return { writer: new TurnWriter(socket, { offered: (bytes) => offered.push(bytes) }, turn), offered };
}

const nobody = { offered: () => undefined };
const nextLook = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nextTurn = (): Promise<void> => nextLook().then(nextLook);
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe('what is written to a socket in one turn of the loop', () => {
  it('leaves at its end in one piece and in order', async () => {
    const socket = new Pieces();
    const { writer, offered } = writerTo(socket, new WriteTurn());
    writer.write(bytes('one '));
    writer.write(bytes('two '));
    writer.write(bytes('three'));
    writer.awaitOffer();
    expect(socket.pieces).toEqual([]);
    expect(writer.heldBytes).toBe(13);
    await nextTurn();
    expect(socket.texts).toEqual(['one two three']);
    expect([writer.heldBytes, offered]).toEqual([0, [13]]);
    writer.write(bytes('four'));
    await nextTurn();
    expect(socket.texts).toEqual(['one two three', 'four']);
  });

  it('leaves with what comes with the next look at what clients have sent', async () => {
    const socket = new Pieces();
    const { writer } = writerTo(socket, new WriteTurn());
    writer.write(bytes('read alone, '));
    await nextLook();
    expect(socket.pieces).toEqual([]);
    writer.write(bytes('and what came right after it'));
    await nextLook();
    expect(socket.texts).toEqual(['read alone, and what came right after it']);
  });

  it('is the same memory for all who get the same, and not copied where it is one', async () => {
    const turn = new WriteTurn();
    const [first, second] = [bytes('first '), bytes('second')];
    const sockets = [new Pieces(), new Pieces(), new Pieces(), new Pieces()];
    for (const [index, socket] of sockets.entries()) {
      const { writer } = writerTo(socket, turn);
      if (index < 3) writer.write(first);
      if (index !== 2) writer.write(second);
    }
    await nextTurn();
    const [a, b, onlyFirst, onlySecond] = sockets.map(({ pieces }) => pieces[0]);
    expect(Buffer.from(a ?? []).toString()).toBe('first second');
    expect(b).toBe(a);
    expect(onlyFirst).toBe(first);
    expect(onlySecond).toBe(second);
  });

  it('is told apart by order', async () => {
    const turn = new WriteTurn();
    const [first, second] = [bytes('1'), bytes('2')];
    const [there, back] = [new Pieces(), new Pieces()];
    const writers = [writerTo(there, turn).writer, writerTo(back, turn).writer];
    for (const piece of [first, second, first]) writers[0]?.write(piece);
    for (const piece of [second, first, first]) writers[1]?.write(piece);
    await nextTurn();
    expect([there.texts, back.texts]).toEqual([['121'], ['211']]);
  });

  it('in two pieces for one alone is not copied where the second is large, and all is in order', async () => {
    const turn = new WriteTurn();
    const body = Buffer.alloc(5_000, 'b');
    const sockets = [new Pieces(), new Pieces()];
    for (const [index, socket] of sockets.entries()) {
      const { writer } = writerTo(socket, turn);
      writer.write(bytes('before '));
      writer.writeApart(bytes(`head ${index} `), body);
      writer.write(bytes(' after'));
    }
    await nextTurn();
    for (const [index, { pieces, texts }] of sockets.entries()) {
      expect(texts.join('')).toBe(`before head ${index} ${body} after`);
      expect(pieces[2]).toBe(body);
    }
  });

  it('in two pieces for one alone leaves in one where it is small', async () => {
    const socket = new Pieces();
    const { writer } = writerTo(socket, new WriteTurn());
    writer.writeApart(bytes('head '), bytes('body'));
    await nextTurn();
    expect(socket.texts).toEqual(['head body']);
  });

  it('is told to its owner unasked where the socket has not taken all, and when it has later', async () => {
    let take: () => void = () => undefined;
    const socket = new Writable({
      write(_piece, _encoding, done) {
        take = done;
      },
    });
    const offered: number[] = [];
    const writer = new TurnWriter(socket, { offered: (count) => offered.push(count) }, new WriteTurn());
    writer.write(bytes('one'));
    await nextTurn();
    expect([offered, writer.pendingBytes, writer.heldBytes]).toEqual([[3], 3, 0]);
    take();
    expect(writer.pendingBytes).toBe(0);
    writer.write(bytes('four'));
    expect([writer.pendingBytes, writer.heldBytes]).toEqual([4, 4]);
  });

  it('leaves at once when that is asked for, once', async () => {
    const socket = new Pieces();
    const { writer, offered } = writerTo(socket, new WriteTurn());
    writer.write(bytes('last words'));
    writer.awaitOffer();
    writer.flush();
    expect(socket.texts).toEqual(['last words']);
    await nextTurn();
    expect(socket.texts).toEqual(['last words']);
    expect(offered).toEqual([10]);
  });

  it('is dropped where the socket is gone', async () => {
    const socket = new Pieces();
    const { writer, offered } = writerTo(socket, new WriteTurn());
    writer.write(bytes('nobody reads this'));
    socket.destroy();
    await nextTurn();
    expect([socket.texts, offered, writer.heldBytes]).toEqual([[], [], 0]);
  });

  it('goes on in the next turn where writing takes long, and nobody is left out', async () => {
    const turn = new WriteTurn();
    const written: number[] = [];
    class Slow extends Writable {
      override _write(piece: Uint8Array, _encoding: string, done: () => void): void {
        const untilMs = performance.now() + 1;
        while (performance.now() < untilMs);
        written.push(piece[0] ?? -1);
        done();
      }
    }
    for (let index = 0; index < 100; index++) {
      new TurnWriter(new Slow(), nobody, turn).write(Buffer.of(index));
    }
    await nextTurn();
    expect(written.length).toBeGreaterThanOrEqual(10);
    expect(written.length).toBeLessThan(100);
    while (written.length < 100) await nextTurn();
    expect(written).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('while it goes on, what comes for those who wait leaves with what they have', async () => {
    const turn = new WriteTurn();
    const sockets = Array.from({ length: 64 }, () => new Pieces());
    const writers = sockets.map((socket) => new TurnWriter(socket, nobody, turn));
    const slow = new Writable({
      write(_piece, _encoding, done) {
        const untilMs = performance.now() + 30;
        while (performance.now() < untilMs);
        done();
      },
    });
    new TurnWriter(slow, nobody, turn).write(bytes('slow'));
    for (const writer of writers) writer.write(bytes('one '));
    await nextTurn();
    for (const writer of writers) writer.write(bytes('two'));
    await nextTurn();
    await nextTurn();
    expect(sockets.at(-1)?.texts).toEqual(['one two']);
    expect(sockets.map(({ texts }) => texts.join(''))).toEqual(sockets.map(() => 'one two'));
  });
});
