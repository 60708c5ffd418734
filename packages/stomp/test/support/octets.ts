import {
  clientFrame,
  type Frame,
  FrameDecoder,
  type FrameLimits,
  type StompVersion,
  serverFrame,
} from '@hostcast/stomp/codec';

/** Octets of a string that holds one per character. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export const wide: FrameLimits = {
  headerLineBytes: 100_000,
  headers: 1_000,
  bodyBytes: 1_000_000,
  frameBytes: Infinity,
};

/** A decoder that knows the commands of both sides. */
export function decoder(version: StompVersion = '1.2', limits: FrameLimits = wide): FrameDecoder<Frame> {
  const made = new FrameDecoder<Frame>((...parts) => clientFrame(...parts) ?? serverFrame(...parts), limits);
  made.version = version;
  return made;
}

/** All whole frames in these chunks. */
export function decodeAll(
  chunks: Iterable<Uint8Array>,
  version: StompVersion = '1.2',
  limits = wide,
): Frame[] {
  const from = decoder(version, limits);
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    from.push(chunk);
    for (let frame = from.read(); frame; frame = from.read()) frames.push(frame);
  }
  return frames;
}
