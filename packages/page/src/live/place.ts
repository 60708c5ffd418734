/**
 * Where in a destination's messages one stands: `seq` counts them without holes for as long as the server runs, and
 * `epoch` is another one after each start of it.
 */
export interface Place {
  readonly epoch: string;
  readonly seq: number;
}

/** The place that a message's headers name; undefined where its destination is not counted. */
export function placeOf(headers: Readonly<Record<string, string>>): Place | undefined {
  const { epoch, seq } = headers;
  return epoch === undefined || seq === undefined ? undefined : { epoch, seq: Number(seq) };
}

/** How many messages of the same subscription were left out between two of them, because we read too slowly. */
export function leftOut(before: Place | undefined, after: Place | undefined): number {
  if (!before || !after || before.epoch !== after.epoch) return 0;
  return Math.max(0, after.seq - before.seq - 1);
}

/** How long ago a place may have been left, ms: hosts that nobody watches are asked no longer after five minutes. */
const resumableMs = 240_000;

/** The headers of a SUBSCRIBE that goes on where one stood until `leftMs`; none where that is too long ago. */
export function resumeHeaders(
  place: Place | undefined,
  leftMs: number,
  nowMs: number,
): Record<string, string> {
  if (!place || nowMs - leftMs > resumableMs) return {};
  return { epoch: place.epoch, seq: String(place.seq) };
}
