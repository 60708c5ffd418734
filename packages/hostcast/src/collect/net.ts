import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fieldsOf, type Input, numberAt, type Reading, type Roots, wordsOf } from './input.ts';

/** linux/if.h: IFF_UP, IFF_LOOPBACK. */
const flagUp = 0x1;
const flagLoopback = 0x8;

export interface InterfaceCounters {
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly errorsIn: number;
  readonly dropsIn: number;
  readonly bytesSent: number;
  readonly packetsSent: number;
  readonly errorsOut: number;
  readonly dropsOut: number;
}

/** `[[inputs.net]]`: the interfaces that are up, without loopback. */
export function netInput({ proc, sys }: Roots): Input {
  return {
    name: 'net',
    async gather() {
      const all = parseNetDev(readFileSync(join(proc, 'net/dev'), 'utf8'));
      const up = [...all].filter(([name]) => isUp(sys, name));
      return Promise.all(
        up.map(async ([name, counters]) => netReading(name, counters, await speedOf(sys, name))),
      );
    },
  };
}

/** /proc/net/dev: two lines of headings, then `name: 16 counters`; the blank after the colon may be missing. */
export function parseNetDev(netDev: string): Map<string, InterfaceCounters> {
  const interfaces = new Map<string, InterfaceCounters>();
  for (const line of netDev.split('\n')) {
    const colon = line.lastIndexOf(':');
    const words = wordsOf(line.slice(colon + 1));
    if (colon === -1 || words.length < 12) continue;
    interfaces.set(line.slice(0, colon).trim(), {
      bytesReceived: numberAt(words, 0),
      packetsReceived: numberAt(words, 1),
      errorsIn: numberAt(words, 2),
      dropsIn: numberAt(words, 3),
      bytesSent: numberAt(words, 8),
      packetsSent: numberAt(words, 9),
      errorsOut: numberAt(words, 10),
      dropsOut: numberAt(words, 11),
    });
  }
  return interfaces;
}

/** `speed` in Mbit/s, -1 where it is not known. */
export function netReading(name: string, counters: InterfaceCounters, speed: number): Reading {
  return {
    measurement: 'net',
    tags: [['interface', name]],
    fields: fieldsOf('integer', {
      bytes_sent: counters.bytesSent,
      bytes_recv: counters.bytesReceived,
      packets_sent: counters.packetsSent,
      packets_recv: counters.packetsReceived,
      err_in: counters.errorsIn,
      err_out: counters.errorsOut,
      drop_in: counters.dropsIn,
      drop_out: counters.dropsOut,
      speed,
    }),
  };
}

function isUp(sys: string, name: string): boolean {
  try {
    const flags = Number(readFileSync(join(sys, 'class/net', name, 'flags'), 'latin1'));
    return (flags & flagUp) !== 0 && (flags & flagLoopback) === 0;
  } catch {
    // Gone since, or a container without /sys: better shown than missed.
    return name !== 'lo';
  }
}

async function speedOf(sys: string, name: string): Promise<number> {
  try {
    // Some drivers take their time, so not on the main thread.
    const speed = Number(await readFile(join(sys, 'class/net', name, 'speed'), 'latin1'));
    return Number.isInteger(speed) && speed > 0 ? speed : -1;
  } catch {
    return -1;
  }
}
