/** The protocol versions that a session can speak. */
export type StompVersion = '1.0' | '1.1' | '1.2';

/** Newest first: the order in which a server prefers them. */
export const stompVersions: readonly StompVersion[] = ['1.2', '1.1', '1.0'];

/** Headers as they are after decoding: unescaped, in the order of the wire, first of repeated ones only. */
export type Headers = ReadonlyMap<string, string>;

/** What a client may send. */
export type ClientCommand =
  | 'CONNECT'
  | 'STOMP'
  | 'SEND'
  | 'SUBSCRIBE'
  | 'UNSUBSCRIBE'
  | 'ACK'
  | 'NACK'
  | 'BEGIN'
  | 'COMMIT'
  | 'ABORT'
  | 'DISCONNECT';

/** What a server may send. */
export type ServerCommand = 'CONNECTED' | 'MESSAGE' | 'RECEIPT' | 'ERROR';

type FrameOf<C extends string> = C extends string
  ? { readonly command: C; readonly headers: Headers; readonly body: Uint8Array }
  : never;

/** A frame from a client, discriminated by `command`. */
export type ClientFrame = FrameOf<ClientCommand>;

/** A frame from a server, discriminated by `command`. */
export type ServerFrame = FrameOf<ServerCommand>;

/** Any frame. */
export type Frame = ClientFrame | ServerFrame;

/** Makes a frame of a command read from the wire; undefined where that side doesn't know the command. */
export type FrameMaker<F extends Frame> = (
  command: string,
  headers: Headers,
  body: Uint8Array,
) => F | undefined;

const clientCommands = new Map<string, ClientCommand>(
  (
    [
      'CONNECT',
      'STOMP',
      'SEND',
      'SUBSCRIBE',
      'UNSUBSCRIBE',
      'ACK',
      'NACK',
      'BEGIN',
      'COMMIT',
      'ABORT',
      'DISCONNECT',
    ] satisfies ClientCommand[]
  ).map((command) => [command, command]),
);

const serverCommands = new Map<string, ServerCommand>(
  (['CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR'] satisfies ServerCommand[]).map((command) => [
    command,
    command,
  ]),
);

/** The frames that a server accepts. Names are case sensitive (STOMP 1.2 §Augmented BNF). */
export const clientFrame: FrameMaker<ClientFrame> = (name, headers, body) => {
  const command = clientCommands.get(name);
  return command && { command, headers, body };
};

/** The frames that a client accepts. */
export const serverFrame: FrameMaker<ServerFrame> = (name, headers, body) => {
  const command = serverCommands.get(name);
  return command && { command, headers, body };
};

/** STOMP 1.2 §Body: only these may have one. */
export function mayHaveBody(command: string): boolean {
  return command === 'SEND' || command === 'MESSAGE' || command === 'ERROR';
}

/**
 * Whether the headers of a frame stand as they are: STOMP 1.0 has no escapes, and CONNECT and CONNECTED
 * have none in any version (STOMP 1.2 §Value Encoding). STOMP is CONNECT by another name.
 */
export function isLiteral(command: string, version: StompVersion): boolean {
  return version === '1.0' || command === 'CONNECT' || command === 'CONNECTED' || command === 'STOMP';
}
