import { closeSync, openSync, readSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fieldsOf, type Input, type Reading, type Roots, wordsOf } from './input.ts';

/** The letter of a process's state (proc(5)) and the field that counts it. */
const states: ReadonlyMap<string, string> = new Map([
  ['R', 'running'],
  ['S', 'sleeping'],
  ['D', 'blocked'],
  ['Z', 'zombies'],
  ['X', 'dead'],
  ['x', 'dead'],
  ['T', 'stopped'],
  ['t', 'stopped'],
  ['W', 'paging'],
  ['I', 'idle'],
  ['P', 'parked'],
]);

export interface ProcessState {
  /** The field that counts it. */
  readonly state: string;
  readonly threads: number;
}

/** Processes read before others get their turn: about half a millisecond. */
const processesPerTurn = 32;

/** `[[inputs.processes]]`: how many are in which state. */
export function processesInput({ proc }: Roots): Input {
  // A stat line has at most 52 numbers and a name of 64.
  const buffer = Buffer.alloc(2048);
  return {
    name: 'processes',
    async gather() {
      const found: ProcessState[] = [];
      let read = 0;
      for await (const { name } of await opendir(proc, { bufferSize: 512 })) {
        if (!/^\d+$/.test(name)) continue;
        const stat = readStat(join(proc, name, 'stat'), buffer);
        const state = stat === undefined ? undefined : parseProcessStat(stat);
        if (state !== undefined) found.push(state);
        read += 1;
        if (read % processesPerTurn === 0) await nextTurn();
      }
      return [processesReading(found)];
    },
  };
}

/** /proc/<pid>/stat; the command stands in parentheses and may hold blanks and parentheses itself. */
export function parseProcessStat(stat: string): ProcessState | undefined {
  const words = wordsOf(stat.slice(stat.lastIndexOf(')') + 1));
  const letter = words[0];
  if (letter === undefined || words.length < 18) return undefined;
  return { state: states.get(letter) ?? 'unknown', threads: Number(words[17]) };
}

export function processesReading(found: readonly ProcessState[]): Reading {
  const counts = new Map<string, number>();
  let threads = 0;
  for (const process of found) {
    counts.set(process.state, (counts.get(process.state) ?? 0) + 1);
    threads += process.threads;
  }
  const count = (state: string) => counts.get(state) ?? 0;
  return {
    measurement: 'processes',
    tags: [],
    fields: fieldsOf('integer', {
      blocked: count('blocked'),
      dead: count('dead'),
      idle: count('idle'),
      paging: count('paging'),
      // Telegraf sends it only where there are some.
      parked: counts.get('parked'),
      running: count('running'),
      sleeping: count('sleeping'),
      stopped: count('stopped'),
      total: found.length,
      total_threads: threads,
      unknown: count('unknown'),
      zombies: count('zombies'),
    }),
  };
}

function readStat(path: string, buffer: Buffer): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } catch {
    // The process ended between being listed and being read.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
