// What the kernel knows of a process.
import { readFileSync } from 'node:fs';

/** Processor seconds that a process has used, user and system, all threads. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Memory of a process in MiB: what is resident, and the most that was. */
export function memoryMib(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1_024;
  return { resident: of('VmRSS'), most: of('VmHWM') };
}
