import type { DatabaseEvent } from '@hostcast/tsdb';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { logStoreEvent } from '../../src/store/storeEvents.ts';

function logged(event: DatabaseEvent): Record<string, unknown> {
  const lines: string[] = [];
  const log = pino({ level: 'debug', base: null, timestamp: false }, { write: (line) => lines.push(line) });
  logStoreEvent(log, event);
  return JSON.parse(lines.join(''));
}

const [debug, info, warn, error] = [20, 30, 40, 50];
const advice = 'check the disk; what is lost comes back from a backup only (hostcast restore)';
const file = '/data/raw/0-0.wal';
const full = new Error('/data/raw/0-0.wal could not be written: ENOSPC: no space left on device, write');

it.each<[DatabaseEvent, Record<string, unknown>]>([
  [
    { type: 'log-damaged', file, offset: 10, droppedBytes: 5, lostPoints: 0, isTail: true },
    {
      level: warn,
      file,
      offset: 10,
      droppedBytes: 5,
      lostPoints: 0,
      isTail: true,
      msg: 'store: the end of a log was cut off, as a crash leaves it; all that was acknowledged is there',
    },
  ],
  [
    { type: 'log-damaged', file, offset: 10, droppedBytes: 5, lostPoints: 7, isTail: false },
    {
      level: error,
      file,
      offset: 10,
      droppedBytes: 5,
      lostPoints: 7,
      isTail: false,
      advice,
      msg: 'store: a log is damaged; only the damaged records of it are missing',
    },
  ],
  [
    { type: 'chunk-damaged', file, offset: 32, measurement: 'cpu', tags: [['host', 'a']] },
    {
      level: error,
      file,
      offset: 32,
      measurement: 'cpu',
      tags: [['host', 'a']],
      advice,
      msg: 'store: a file is damaged; one series is missing in its window',
    },
  ],
  [
    { type: 'segment-damaged', file, reason: 'both copies of its index are damaged' },
    {
      level: error,
      file,
      reason: 'both copies of its index are damaged',
      advice,
      msg: 'store: a file cannot be read; its window is missing, and the file is left as it is',
    },
  ],
  [
    { type: 'write-failed', error: full },
    {
      level: error,
      reason: full.message,
      trouble: 'its disk is full',
      advice: 'make room on it; nothing needs to be restarted',
      msg: 'store: takes no data; writers are answered 503 and keep theirs, what is there is shown',
    },
  ],
  [
    { type: 'read-failed', file, error: new Error('EIO: i/o error, read') },
    {
      level: error,
      file,
      reason: 'EIO: i/o error, read',
      trouble: 'its disk fails',
      advice: 'check the disk and the system log, and save a backup elsewhere',
      msg: 'store: a file cannot be read now; what is in it is missing until it can',
    },
  ],
  [
    { type: 'seal-failed', file, error: new Error('what nobody knows') },
    {
      level: error,
      file,
      reason: 'what nobody knows',
      trouble: 'its disk refuses data',
      advice: 'see the reason, and the system log',
      msg: 'store: a window could not be sealed; its log is kept, and it is tried again',
    },
  ],
  [{ type: 'recovered' }, { level: info, msg: 'store: takes data again' }],
  [
    { type: 'expired', file },
    { level: debug, file, msg: 'store: expired' },
  ],
])('tells %j', (event, line) => {
  expect(logged(event)).toEqual(line);
});
