import { expect, test } from 'vitest';
import { SubscriberGroups } from '../../src/broker/groups.ts';

test('subscriptions of one version, id and need of an ack header are one group, others are not', () => {
  const groups = new SubscriberGroups();
  const first = groups.join('1.2', '0', false);
  expect(groups.join('1.2', '0', false)).toBe(first);
  const others = [
    groups.join('1.1', '0', false),
    groups.join('1.2', '1', false),
    groups.join('1.2', '0', true),
  ];
  expect(new Set([first, ...others]).size).toBe(4);
  expect([first.members, groups.size]).toEqual([2, 4]);
});

test('no id reads like another group', () => {
  const groups = new SubscriberGroups();
  expect(groups.join('1.2', 'auto 0', false)).not.toBe(groups.join('1.2', '0', false));
  expect(groups.join('1.2', 'ack 0', false)).not.toBe(groups.join('1.2', '0', true));
});

test('nothing is left of a group whose members have gone', () => {
  const groups = new SubscriberGroups();
  const group = groups.join('1.2', '0', false);
  groups.join('1.2', '0', false);
  groups.leave(group);
  expect(groups.size).toBe(1);
  groups.leave(group);
  expect(groups.size).toBe(0);
  expect(groups.join('1.2', '0', false)).not.toBe(group);
});

test('what is told once, whether a subscription was resumed, is a group of its own for all who are told so', () => {
  const groups = new SubscriberGroups();
  const group = groups.join('1.2', '0', true);
  groups.join('1.2', '0', true);
  const told = group.telling(true);
  expect(group.telling(true)).toBe(told);
  expect(group.telling(false)).not.toBe(told);
  expect([told.isRecovered, told.hasAck, told.subscriptionId, told.members]).toEqual([true, true, '0', 2]);
});
