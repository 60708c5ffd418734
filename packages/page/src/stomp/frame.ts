/** A STOMP 1.2 frame as the page has them: headers by name, the body as text. */
export interface StompFrame {
  readonly command: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', ':': '\\c', '\\': '\\\\' };
const meant: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\c': ':', '\\\\': '\\' };

/** The text of a frame without a body (STOMP 1.2 §STOMP Frames); CONNECT's headers are not escaped. */
export function frameText(command: string, headers: Readonly<Record<string, string>>): string {
  const isLiteral = command === 'CONNECT';
  const escaped = (text: string): string =>
    isLiteral ? text : text.replace(/[\n\r:\\]/g, (character) => escapes[character] ?? '');
  const lines = Object.entries(headers).map(([name, value]) => `${escaped(name)}:${escaped(value)}\n`);
  return `${command}\n${lines.join('')}\n\0`;
}

/** The frame of a WebSocket message, as hostcast sends them: one, whole. Undefined for a heart-beat, and for what is none. */
export function readFrame(text: string): StompFrame | undefined {
  const head = text.indexOf('\n\n');
  const end = text.lastIndexOf('\0');
  if (head < 1 || end <= head) return undefined;
  const [command = '', ...lines] = text.slice(0, head).split('\n');
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/:(.*)/s, 2).map((part) => unescaped(part, command));
    // STOMP 1.2 §Repeated Header Entries: the first counts.
    headers[name] ??= value;
  }
  return { command, headers, body: text.slice(head + 2, end) };
}

function unescaped(text: string, command: string): string {
  if (command === 'CONNECTED' || !text.includes('\\')) return text;
  return text.replace(/\\[nrc\\]/g, (pair) => meant[pair] ?? pair);
}
