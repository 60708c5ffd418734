import type { Frame, StompVersion } from '@hostcast/stomp/codec';

/** One frame, as the encoder writes it and the decoder reads it back. */
export interface Fixture {
  readonly name: string;
  readonly version: StompVersion;
  readonly frame: Frame;
  /** One character per octet. */
  readonly wire: string;
}

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const headers = (...entries: [string, string][]) => new Map(entries);

export const fixtures: readonly Fixture[] = [
  {
    name: 'CONNECT is literal in every version',
    version: '1.2',
    frame: {
      command: 'CONNECT',
      headers: headers(['passcode', 'C\\temp'], ['x-note', 'a:b:c']),
      body: bytes(''),
    },
    wire: 'CONNECT\npasscode:C\\temp\nx-note:a:b:c\n\n\0',
  },
  {
    name: 'CONNECTED is literal in 1.2',
    version: '1.2',
    frame: {
      command: 'CONNECTED',
      headers: headers(['version', '1.2'], ['server', 'a:b\\c']),
      body: bytes(''),
    },
    wire: 'CONNECTED\nversion:1.2\nserver:a:b\\c\n\n\0',
  },
  {
    name: '1.2 escapes colon, line feed, carriage return and backslash',
    version: '1.2',
    frame: {
      command: 'SEND',
      headers: headers(
        ['destination', '/topic/a'],
        ['foo', 'a:b\nc\rd\\e'],
        ['k:ey', '\\n\\\\c\\r'],
        ['content-length', '0'],
      ),
      body: bytes(''),
    },
    wire: 'SEND\ndestination:/topic/a\nfoo:a\\cb\\nc\\rd\\\\e\nk\\cey:\\\\n\\\\\\\\c\\\\r\ncontent-length:0\n\n\0',
  },
  {
    name: '1.1 escapes colon, line feed and backslash',
    version: '1.1',
    frame: { command: 'SUBSCRIBE', headers: headers(['id', 'a:b\n\\'], ['empty', '']), body: bytes('') },
    wire: 'SUBSCRIBE\nid:a\\cb\\n\\\\\nempty:\n\n\0',
  },
  {
    name: '1.0 has no escapes',
    version: '1.0',
    frame: {
      command: 'SUBSCRIBE',
      headers: headers(['destination', 'C:\\new'], ['foo', '  bar ']),
      body: bytes(''),
    },
    wire: 'SUBSCRIBE\ndestination:C:\\new\nfoo:  bar \n\n\0',
  },
  {
    name: 'a body holds NULs, line ends and what looks like a frame',
    version: '1.2',
    frame: {
      command: 'MESSAGE',
      headers: headers(['message-id', 'e-1'], ['content-length', '19']),
      body: bytes('\n\na\0b\0\0c\r\nSEND\n\nx\0\n'),
    },
    wire: 'MESSAGE\nmessage-id:e-1\ncontent-length:19\n\n\n\na\0b\0\0c\r\nSEND\n\nx\0\n\0',
  },
  {
    name: 'content-length counts octets, not characters',
    version: '1.2',
    frame: {
      command: 'ERROR',
      headers: headers(['message', '한글'], ['content-length', '6']),
      body: bytes('\xed\x95\x9c\xea\xb8\x80'),
    },
    wire: 'ERROR\nmessage:\xed\x95\x9c\xea\xb8\x80\ncontent-length:6\n\n\xed\x95\x9c\xea\xb8\x80\0',
  },
  {
    name: 'a body of all 256 octets',
    version: '1.1',
    frame: {
      command: 'SEND',
      headers: headers(['destination', '/topic/b'], ['content-length', '256']),
      body: Uint8Array.from({ length: 256 }, (_, index) => index),
    },
    wire: `SEND\ndestination:/topic/b\ncontent-length:256\n\n${String.fromCharCode(...Array.from({ length: 256 }, (_, index) => index))}\0`,
  },
  {
    name: 'RECEIPT',
    version: '1.2',
    frame: { command: 'RECEIPT', headers: headers(['receipt-id', 'a:b\\']), body: bytes('') },
    wire: 'RECEIPT\nreceipt-id:a\\cb\\\\\n\n\0',
  },
];
