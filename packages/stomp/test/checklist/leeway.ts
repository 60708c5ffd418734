// Where the specification leaves other servers more room than this one takes: what a point asks of any server.
// Elsewhere the row itself is what is asked.
import { complaints } from './judge.ts';
import type { RemotePeer } from './remotePeer.ts';
import type { Expected } from './row.ts';

type Judge = (peer: RemotePeer, expected: readonly Expected[]) => Promise<string[]>;

const anyway = (...points: number[]) => ({
  as: (judge: Judge) => points.map((point) => [point, judge] as const),
});

/** The judges of the points that are not judged by their row alone, for the client that the point is about. */
export const leeway: ReadonlyMap<number, Judge> = new Map([
  ...anyway(30, 31).as(fatal),
  ...anyway(58, 59).as(inAnyOrder),
  ...anyway(71).as(receiptAmong),
  ...anyway(82, 83).as(notProcessed),
  ...anyway(84, 85, 86, 87, 88, 89).as(noReceipt),
  ...anyway(9, 90, 91, 92, 93).as(onlyTheFrames),
  ...anyway(94, 95).as(takenOrRefused),
]);

/** What is wrong with an end that had to come: nothing where the server has closed. */
export async function notClosed(peer: RemotePeer): Promise<string[]> {
  const how = await peer.closed();
  if (how === 'closed') return [];
  return [how ? 'the connection was cut' : 'the connection stays open'];
}

/** Closed, with or without ERROR, and nothing that says it was processed. */
async function fatal(peer: RemotePeer): Promise<string[]> {
  return (await peer.closed()) ? notProcessed(peer) : ['the connection stays open'];
}

/** Which of two subscriptions is served first is the server's choice. */
async function inAnyOrder(peer: RemotePeer, expected: readonly Expected[]): Promise<string[]> {
  const one = complaints(peer.frames, expected);
  const other = complaints(peer.frames, expected.toReversed());
  return other.length < one.length ? other : one;
}

/** A message that was refused may come again. */
async function receiptAmong(peer: RemotePeer): Promise<string[]> {
  return has(peer, 'RECEIPT') ? [] : ['no RECEIPT'];
}

async function notProcessed(peer: RemotePeer): Promise<string[]> {
  return has(peer, 'RECEIPT') || has(peer, 'MESSAGE') ? ['it was processed'] : [];
}

/** RECEIPT says processed: it may not come. ERROR may, and then the end has to follow. */
async function noReceipt(peer: RemotePeer): Promise<string[]> {
  if (has(peer, 'RECEIPT')) return ['got RECEIPT'];
  return has(peer, 'ERROR') ? notClosed(peer) : [];
}

/** Whether the end follows is asked by other points. */
async function onlyTheFrames(peer: RemotePeer, expected: readonly Expected[]): Promise<string[]> {
  return complaints(peer.frames, expected);
}

/** A server may have larger limits; it may not close without a word. */
async function takenOrRefused(peer: RemotePeer): Promise<string[]> {
  if (has(peer, 'ERROR')) return notClosed(peer);
  return peer.ended ? ['closed without ERROR'] : [];
}

function has(peer: RemotePeer, command: string): boolean {
  return peer.frames.some((frame) => frame.command === command);
}
