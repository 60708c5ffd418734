/** A frame as it stands on the wire: header lines as they are, escapes and all. */
export interface RawFrame {
  readonly command: string;
  readonly lines: readonly string[];
  readonly body: Buffer;
}

/** All whole frames of what came, by the few lines below, which share nothing with the server's codec. */
export function framesOf(got: Buffer): RawFrame[] {
  const frames: RawFrame[] = [];
  let at = 0;
  for (;;) {
    while (got[at] === 10) at += 1;
    const headEnd = got.indexOf('\n\n', at);
    if (headEnd < 0) return frames;
    const [command = '', ...lines] = got.toString('utf8', at, headEnd).split('\n');
    const length = lines.find((line) => line.startsWith('content-length:'))?.slice(15);
    const bodyAt = headEnd + 2;
    const end = length === undefined ? got.indexOf(0, bodyAt) : bodyAt + Number(length);
    if (end < 0 || end >= got.length) return frames;
    if (got[end] !== 0) throw new Error(`${command} has no NUL behind its body`);
    frames.push({ command, lines, body: got.subarray(bodyAt, end) });
    at = end + 1;
  }
}

/** Ends of line that came behind the last frame. */
export function beatsOf(got: Buffer): number {
  return got.subarray(got.lastIndexOf(0) + 1).filter((octet) => octet === 10).length;
}

/** `<ack 2>` becomes the `ack` header of the second MESSAGE, and so for any header. */
export function filledIn(template: string, frames: readonly RawFrame[]): string {
  return template.replace(/<([a-z-]+) (\d+)>/g, (_all, name: string, index: string) => {
    const messages = frames.filter(({ command }) => command === 'MESSAGE');
    const line = messages[Number(index) - 1]?.lines.find((each) => each.startsWith(`${name}:`));
    return line?.slice(name.length + 1) ?? 'none';
  });
}
