import type { Expected } from './row.ts';
import type { RawFrame } from './wire.ts';

/** What is wrong with what a client got: nothing where it is all that it has to be, in order. */
export function complaints(all: readonly RawFrame[], expected: readonly Expected[]): string[] {
  const frames = expected.filter((each) => each !== 'X');
  const got = frames[0]?.[0] === 'CONNECTED' ? all : all.filter(({ command }) => command !== 'CONNECTED');
  const commands = got.map(({ command }) => command).join(' ');
  const wanted = frames.map(([command]) => command).join(' ');
  if (commands !== wanted) return [`got ${short(commands || 'nothing')}, not ${short(wanted || 'nothing')}`];
  return [
    ...repeatedIds(got),
    ...frames.flatMap(([command, ...parts], index) =>
      parts
        .filter((part) => !isMet(part, got[index]))
        .map((part) => `${command} ${index + 1} is not as ${short(textOf(part))}`),
    ),
  ];
}

function isMet(part: string | RegExp | Uint8Array, frame: RawFrame | undefined): boolean {
  if (!frame) return false;
  if (part instanceof Uint8Array) return Buffer.compare(frame.body, part) === 0;
  if (part instanceof RegExp) return frame.lines.some((line) => part.test(line));
  if (part.startsWith('|')) return frame.body.toString() === part.slice(1);
  if (part.startsWith('!')) return !frame.lines.includes(part.slice(1));
  return frame.lines.includes(part);
}

// In every row: no subscription sees a message-id twice.
function repeatedIds(frames: readonly RawFrame[]): string[] {
  const messages = frames.filter(({ command }) => command === 'MESSAGE');
  const ids = messages.map(({ lines }) =>
    lines.filter((line) => /^(?:message-id|subscription):/.test(line)).join(),
  );
  return new Set(ids).size === messages.length ? [] : ['a message-id came twice'];
}

function textOf(part: string | RegExp | Uint8Array): string {
  return part instanceof Uint8Array ? `${part.length} octets` : String(part);
}

function short(text: string): string {
  const line = JSON.stringify(text);
  return line.length > 80 ? `${line.slice(0, 77)}…"` : line;
}
