import { type ReadonlySignal, signal } from '@preact/signals';
import type { SessionEvent, SessionsBody } from 'hostcast/sessions';
import { dontDraw, drawSoon } from '../live/frames.ts';
import type { Live } from '../live/live.ts';
import { refusalReason } from '../live/refusal.ts';
import { joinLog } from './sessionLog.ts';

const destination = '/topic/sessions';

/** Who is connected, pushed for as long as it is open. */
export interface SessionsFeed {
  readonly body: ReadonlySignal<SessionsBody | undefined>;
  /** The log as far as it is known, the newest first. */
  readonly log: ReadonlySignal<readonly SessionEvent[]>;
  /** Fetches all of the log that the server keeps; in words why that failed. */
  fetchLog(): Promise<string | undefined>;
  close(): void;
}

/** Begins to follow who is connected. */
export function openSessions({ connection }: Live): SessionsFeed {
  const body = signal<SessionsBody | undefined>(undefined);
  const log = signal<readonly SessionEvent[]>([]);
  let newest: SessionsBody | undefined;
  let known: readonly SessionEvent[] = [];
  const show = (): void => {
    body.value = newest;
    log.value = known;
  };
  const unsubscribe = connection.subscribe(destination, (received) => {
    if (!isSessionsBody(received)) return;
    newest = received;
    known = joinLog(known, received.recent);
    drawSoon(show);
  });
  return {
    body,
    log,
    async fetchLog() {
      const answer = await askSessions();
      if (typeof answer === 'string') return answer;
      known = joinLog(answer.recent, known);
      drawSoon(show);
      return undefined;
    },
    close() {
      unsubscribe();
      dontDraw(show);
    },
  };
}

/** Ends a session; in words why that failed. */
export async function kick(id: string): Promise<string | undefined> {
  try {
    const response = await fetch(`/api/sessions/${encodeURIComponent(id)}/kick`, { method: 'POST' });
    return response.ok ? undefined : await refusalReason(response);
  } catch (error) {
    return reasonOf(error);
  }
}

async function askSessions(): Promise<SessionsBody | string> {
  try {
    const response = await fetch('/api/sessions');
    if (!response.ok) return await refusalReason(response);
    const answer: unknown = await response.json();
    return isSessionsBody(answer) ? answer : 'unreadable answer';
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether it is a body of `/topic/sessions`, of a hostcast that tells costs and destinations too. */
function isSessionsBody(body: unknown): body is SessionsBody {
  return (
    typeof body === 'object' &&
    body !== null &&
    'recent' in body &&
    'sessions' in body &&
    'destinations' in body &&
    'cost' in body &&
    Array.isArray(body.recent) &&
    Array.isArray(body.sessions) &&
    Array.isArray(body.destinations)
  );
}
