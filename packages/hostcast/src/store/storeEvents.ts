import type { DatabaseEvent } from '@hostcast/tsdb';
import type { Logger } from 'pino';
import { diskTrouble } from './diskTrouble.ts';

const restore = 'what is lost comes back from a backup only (hostcast restore)';

/**
 * Logs what the embedded store does by itself: routine for the curious, damage and trouble for the operator, with
 * what is lost by it and what helps.
 */
export function logStoreEvent(log: Logger, event: DatabaseEvent): void {
  const { type, ...details } = event;
  switch (event.type) {
    case 'log-damaged':
      if (event.isTail) {
        log.warn(
          details,
          'store: the end of a log was cut off, as a crash leaves it; all that was acknowledged is there',
        );
      } else {
        const advice = `check the disk; ${restore}`;
        log.error(
          { ...details, advice },
          'store: a log is damaged; only the damaged records of it are missing',
        );
      }
      return;
    case 'chunk-damaged':
      log.error(
        { ...details, advice: `check the disk; ${restore}` },
        'store: a file is damaged; one series is missing in its window',
      );
      return;
    case 'segment-damaged':
      log.error(
        { ...details, advice: `check the disk; ${restore}` },
        'store: a file cannot be read; its window is missing, and the file is left as it is',
      );
      return;
    case 'read-failed':
      logTrouble(log, event, 'store: a file cannot be read now; what is in it is missing until it can');
      return;
    case 'write-failed':
      logTrouble(
        log,
        event,
        'store: takes no data; writers are answered 503 and keep theirs, what is there is shown',
      );
      return;
    case 'seal-failed':
      logTrouble(log, event, 'store: a window could not be sealed; its log is kept, and it is tried again');
      return;
    case 'compact-failed':
      logTrouble(
        log,
        event,
        'store: sealed windows could not be merged; they are kept, and it is tried again',
      );
      return;
    case 'remove-failed':
      logTrouble(log, event, 'store: a file that is used no more could not be removed; it is tried again');
      return;
    case 'recovered':
      log.info('store: takes data again');
      return;
    case 'lock-taken-over':
      log.warn(details, 'store: the hostcast before did not stop in order; its lock was taken over');
      return;
    default:
      log.debug(details, `store: ${type}`);
  }
}

function logTrouble(log: Logger, event: DatabaseEvent & { readonly error: Error }, message: string): void {
  const { type: _type, error, ...details } = event;
  const { words, advice } = diskTrouble(error.message);
  log.error({ ...details, reason: error.message, trouble: words, advice }, message);
}
