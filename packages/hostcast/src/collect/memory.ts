import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf, type Input, numberAt, type Reading, type Roots, wordsOf } from './input.ts';

/** What the kernel calls a page when it counts swapping; Telegraf takes it for granted. */
const pageBytes = 4096;

/** `[[inputs.mem]]` and `[[inputs.swap]]`, which share a file. */
export function memoryInput({ proc }: Roots): Input {
  return {
    name: 'mem',
    gather() {
      const memory = parseMeminfo(readFileSync(join(proc, 'meminfo'), 'latin1'));
      const pages = parseCounters(readFileSync(join(proc, 'vmstat'), 'latin1'));
      return [memReading(memory), swapReading(memory, pages)];
    },
  };
}

/** /proc/meminfo in bytes; what has no unit there is a count. */
export function parseMeminfo(meminfo: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of meminfo.split('\n')) {
    const [name, value, unit] = wordsOf(line);
    if (name === undefined || value === undefined) continue;
    values.set(name.replace(/:$/, ''), numberAt([value], 0) * (unit === 'kB' ? 1024 : 1));
  }
  return values;
}

/** Lines that begin with a name and a number, as in /proc/vmstat. */
export function parseCounters(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.matchAll(/^(\S+) +(\d+)/gm)) values.set(line[1]!, Number(line[2]));
  return values;
}

/** `used` as Telegraf has it since 1.37: total less available. */
export function memReading(memory: ReadonlyMap<string, number>): Reading {
  const bytes = (name: string) => memory.get(name) ?? 0;
  const total = bytes('MemTotal');
  const cached = bytes('Cached') + bytes('SReclaimable');
  // Kernels before 3.14 don't tell what is available.
  const available = memory.get('MemAvailable') ?? bytes('MemFree') + bytes('Buffers') + cached;
  const used = Math.max(0, total - available);
  const percent = (part: number) => (total === 0 ? 0 : (100 * part) / total);
  return {
    measurement: 'mem',
    tags: [],
    fields: [
      ...fieldsOf('integer', { total, available, used }),
      ...fieldsOf('float', { used_percent: percent(used), available_percent: percent(available) }),
      ...fieldsOf('integer', {
        active: bytes('Active'),
        buffered: bytes('Buffers'),
        cached,
        commit_limit: bytes('CommitLimit'),
        committed_as: bytes('Committed_AS'),
        dirty: bytes('Dirty'),
        free: bytes('MemFree'),
        high_free: bytes('HighFree'),
        high_total: bytes('HighTotal'),
        huge_pages_free: bytes('HugePages_Free'),
        huge_page_size: bytes('Hugepagesize'),
        huge_pages_total: bytes('HugePages_Total'),
        inactive: bytes('Inactive'),
        low_free: bytes('LowFree'),
        low_total: bytes('LowTotal'),
        mapped: bytes('Mapped'),
        page_tables: bytes('PageTables'),
        shared: bytes('Shmem'),
        slab: bytes('Slab'),
        sreclaimable: bytes('SReclaimable'),
        sunreclaim: bytes('SUnreclaim'),
        swap_cached: bytes('SwapCached'),
        swap_free: bytes('SwapFree'),
        swap_total: bytes('SwapTotal'),
        vmalloc_chunk: bytes('VmallocChunk'),
        vmalloc_total: bytes('VmallocTotal'),
        vmalloc_used: bytes('VmallocUsed'),
        write_back: bytes('Writeback'),
        write_back_tmp: bytes('WritebackTmp'),
      }),
    ],
  };
}

/** Telegraf's two lines of `swap` in one: they are one series at one time. */
export function swapReading(
  memory: ReadonlyMap<string, number>,
  pages: ReadonlyMap<string, number>,
): Reading {
  const total = memory.get('SwapTotal') ?? 0;
  const free = memory.get('SwapFree') ?? 0;
  const used = Math.max(0, total - free);
  return {
    measurement: 'swap',
    tags: [],
    fields: [
      ...fieldsOf('integer', { total, used, free }),
      ...fieldsOf('float', { used_percent: total === 0 ? 0 : (100 * used) / total }),
      ...fieldsOf('integer', {
        in: (pages.get('pswpin') ?? 0) * pageBytes,
        out: (pages.get('pswpout') ?? 0) * pageBytes,
      }),
    ],
  };
}
