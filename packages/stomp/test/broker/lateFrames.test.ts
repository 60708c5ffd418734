import { expect, test } from 'vitest';
import { SubscriberGroups } from '../../src/broker/groups.ts';
import { LateFrames } from '../../src/broker/lateFrames.ts';
import { Publication } from '../../src/broker/publication.ts';

const groups = new SubscriberGroups();

/** A group that others are in too. */
function group(subscriptionId: string) {
  groups.join('1.2', subscriptionId, false);
  return groups.join('1.2', subscriptionId, false);
}

const publication = (octets: number) =>
  new Publication({
    destination: '/topic/a',
    epoch: 'e',
    number: 1,
    headers: new Map(),
    body: new Uint8Array(octets),
  });

test('the frames of a message are shared while it is given out, and forgotten then', () => {
  const message = publication(10);
  const frame = message.frameFor(group('0'));
  expect(message.frameFor(group('0'))).toBe(frame);
  message.givenOut(new LateFrames(10_000));
  expect(message.frameFor(group('0'))).not.toBe(frame);
});

// Each takes 1,024 octets, and its own twice.
const limit = 2 * (1_024 + 2 * 50);

test.each([
  ['below', limit + 1, true],
  ['at', limit, true],
  ['above', limit - 1, false],
])('those who come late share frames %s what these may take', (_name, bytes, isShared) => {
  const late = new LateFrames(bytes);
  const messages = [publication(50), publication(50)];
  for (const each of messages) each.givenOut(late);
  const made = messages.map((each) => each.frameFor(group('0')));
  expect(messages[0]?.frameFor(group('0')) === made[0]).toBe(isShared);
});

test('where there is no room for one more, all begin anew', () => {
  const late = new LateFrames(limit);
  const messages = [publication(50), publication(50)];
  for (const each of messages) each.givenOut(late);
  const made = messages.map((each) => each.frameFor(group('0')));
  messages[0]?.frameFor(group('1'));
  expect(messages[0]?.frameFor(group('0'))).not.toBe(made[0]);
});

test('those who come late by an id that nobody else has share the body, as long as there is room', () => {
  const alone = (id: string) => groups.join('1.2', id, false);
  const late = new LateFrames(1_024 + 2 * 50);
  const message = publication(50);
  message.givenOut(late);
  const { sharedBody } = message.frameFor(alone('a'));
  expect(sharedBody).toBeDefined();
  expect(message.frameFor(alone('b')).sharedBody).toBe(sharedBody);
  const other = publication(50);
  other.givenOut(late);
  other.frameFor(alone('c'));
  expect(message.frameFor(alone('d')).sharedBody).not.toBe(sharedBody);
});
