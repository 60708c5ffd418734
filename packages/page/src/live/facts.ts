/** How far an attempt to connect came: no WebSocket, one without CONNECTED, or all the way. */
export type Stage = 'closed' | 'opened' | 'connected';

/** What is known of the connection, for who wants to know why there is none. Times are epoch ms of this machine. */
export interface LinkFacts {
  stage: Stage;
  /** Of STOMP, as agreed; '' before the first CONNECTED, as are the two after it. */
  version: string;
  session: string;
  server: string;
  /** How often the server says something at least, ms; 0: it need not. */
  heartbeatMs: number;
  /** When something was heard of the server last, were it a heart-beat. */
  heardMs: number;
  roundTripMs: number | undefined;
  /** To be set by who wants the round trip measured with the next message. */
  isMeasuring: boolean;
  messages: number;
  /** Messages that the server left out because this page was slow. */
  skipped: number;
  connects: number;
  /** How the last connection ended. */
  lastEnd: { readonly atMs: number; readonly closeCode: number; readonly reason: string } | undefined;
}

export function noFacts(): LinkFacts {
  return {
    ...{ stage: 'closed', version: '', session: '', server: '', heartbeatMs: 0, heardMs: 0 },
    ...{
      roundTripMs: undefined,
      isMeasuring: false,
      messages: 0,
      skipped: 0,
      connects: 0,
      lastEnd: undefined,
    },
  };
}
