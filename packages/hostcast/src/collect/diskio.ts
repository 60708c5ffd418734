import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { fieldsOf, type Input, numberAt, type Reading, type Roots, wordsOf } from './input.ts';

/** What /proc/diskstats counts in, whatever the device's own sectors are (kernel: iostats.rst). */
const sectorBytes = 512;

/** One device's counters; times in ms. */
export interface DiskCounters {
  readonly reads: number;
  readonly mergedReads: number;
  readonly readBytes: number;
  readonly readMs: number;
  readonly writes: number;
  readonly mergedWrites: number;
  readonly writeBytes: number;
  readonly writeMs: number;
  readonly inProgress: number;
  readonly ioMs: number;
  readonly weightedMs: number;
}

/** `[[inputs.diskio]]`: every block device that was ever used, partitions included. */
export function diskioInput({ proc }: Roots, clock: Clock): Input {
  let previous: ReadonlyMap<string, DiskCounters> = new Map();
  let previousMs = 0;
  return {
    name: 'diskio',
    gather() {
      const current = parseDiskstats(readFileSync(join(proc, 'diskstats'), 'utf8'));
      const nowMs = clock.monotonicMs();
      const readings = diskioReadings(previous, current, nowMs - previousMs);
      previous = current;
      previousMs = nowMs;
      return readings;
    },
  };
}

/** /proc/diskstats; later kernels append columns, which Telegraf doesn't report. */
export function parseDiskstats(diskstats: string): Map<string, DiskCounters> {
  const devices = new Map<string, DiskCounters>();
  for (const line of diskstats.split('\n')) {
    const words = wordsOf(line);
    // Partitions of kernels before 2.6.25 have 7 columns of another meaning.
    if (words.length < 14 || words.slice(3, 14).every((word) => word === '0')) continue;
    devices.set(words[2]!, {
      reads: numberAt(words, 3),
      mergedReads: numberAt(words, 4),
      readBytes: numberAt(words, 5) * sectorBytes,
      readMs: numberAt(words, 6),
      writes: numberAt(words, 7),
      mergedWrites: numberAt(words, 8),
      writeBytes: numberAt(words, 9) * sectorBytes,
      writeMs: numberAt(words, 10),
      inProgress: numberAt(words, 11),
      ioMs: numberAt(words, 12),
      weightedMs: numberAt(words, 13),
    });
  }
  return devices;
}

/** Counters as they are, and what follows from two of them that are `elapsedMs` apart. */
export function diskioReadings(
  previous: ReadonlyMap<string, DiskCounters>,
  current: ReadonlyMap<string, DiskCounters>,
  elapsedMs: number,
): Reading[] {
  return [...current].map(([name, now]) => ({
    measurement: 'diskio',
    tags: [['name', name]],
    fields: [
      ...fieldsOf('integer', {
        reads: now.reads,
        writes: now.writes,
        read_bytes: now.readBytes,
        write_bytes: now.writeBytes,
        read_time: now.readMs,
        write_time: now.writeMs,
        io_time: now.ioMs,
        weighted_io_time: now.weightedMs,
        iops_in_progress: now.inProgress,
        merged_reads: now.mergedReads,
        merged_writes: now.mergedWrites,
      }),
      ...fieldsOf('float', derived(previous.get(name), now, elapsedMs)),
    ],
  }));
}

function derived(
  before: DiskCounters | undefined,
  now: DiskCounters,
  elapsedMs: number,
): Record<string, number | undefined> {
  if (before === undefined || hasWrapped(before, now)) return {};
  const requests = now.reads - before.reads + (now.writes - before.writes);
  const requestMs = now.readMs - before.readMs + (now.writeMs - before.writeMs);
  const busyMs = now.ioMs - before.ioMs;
  return {
    io_await: requests > 0 ? requestMs / requests : undefined,
    io_svctm: requests > 0 ? busyMs / requests : undefined,
    io_util: elapsedMs > 0 ? (100 * busyMs) / elapsedMs : undefined,
  };
}

function hasWrapped(before: DiskCounters, now: DiskCounters): boolean {
  return (
    now.reads < before.reads ||
    now.writes < before.writes ||
    now.readMs < before.readMs ||
    now.writeMs < before.writeMs ||
    now.ioMs < before.ioMs
  );
}
