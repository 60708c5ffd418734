import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import { expect, it } from 'vitest';
import { AnswerRoom } from '../../src/api/answerRoom.ts';

/** An answer on its way: it has gone when it is closed. */
function answer({ closed = false } = {}) {
  const raw = Object.assign(new EventEmitter(), { closed, destroyed: closed });
  return { reply: { raw } as unknown as FastifyReply, close: () => raw.emit('close') };
}

const full = { code: 'ERR_STORE_OVERLOADED' };

it('answers that are not read yet have so many octets, those to one address fewer, until they are gone', () => {
  const room = new AnswerRoom({ octets: 100, octetsOfOne: 60 });
  const take = (octets: number, ip: string) => {
    const one = answer();
    room.take(octets, { ip }, one.reply);
    return one;
  };
  const first = take(60, '192.0.2.1');
  expect(() => take(1, '192.0.2.1')).toThrow(expect.objectContaining(full));
  take(40, '2001:db8::1');
  expect(() => take(1, '2001:db8::2')).toThrow(expect.objectContaining(full));
  expect(() => take(1, '192.0.2.2')).toThrow(expect.objectContaining(full));
  first.close();
  take(20, '2001:db8::2');
  expect(() => take(1, '2001:db8::3')).toThrow(expect.objectContaining(full));
  take(40, '192.0.2.1');
});

it('who has gone takes no room', () => {
  const room = new AnswerRoom({ octets: 100 });
  for (let i = 0; i < 5; i += 1) room.take(100, { ip: '192.0.2.1' }, answer({ closed: true }).reply);
});
