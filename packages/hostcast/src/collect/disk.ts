import { readFileSync, readlinkSync, type StatsFs } from 'node:fs';
import { basename, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { fieldsOf, type Input, type Reading, type Roots, wordsOf } from './input.ts';

/** One line of /proc/self/mountinfo. */
export interface Mount {
  readonly path: string;
  readonly device: string;
  /** `major:minor`. */
  readonly deviceNumber: string;
  readonly fileSystem: string;
  readonly mode: 'rw' | 'ro' | 'unknown';
}

/** What Telegraf ignores by default, and what has no size of its own. */
const ignored = new Set(
  (
    'tmpfs devtmpfs devfs iso9660 overlay aufs squashfs autofs ' +
    'binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts efivarfs fuse.gvfsd-fuse fuse.lxcfs fuse.portal fusectl ' +
    'hugetlbfs mqueue nsfs proc pstore ramfs rpc_pipefs securityfs selinuxfs sysfs tracefs'
  ).split(' '),
);
/** Where a server that is gone would hang us. */
const network =
  /^(?:nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|coda|glusterfs|gfs2?|gpfs|lustre|ncpfs|ocfs2|orangefs|pvfs2|beegfs|fuse\.(?:sshfs|s3fs|rclone|glusterfs|ceph.*|curlftpfs|davfs2?|gcsfuse|goofys|mergerfs))$/;

/** Each outstanding call holds one of libuv's four threads; the others are for the rest of the process. */
const mostOutstanding = 3;
/** Of these, what mounts may hold that have not answered yet: new ones that hang leave a slot to the proven. */
const mostUnproven = 2;
/** Asked whatever else hangs: where it doesn't answer, nothing on the machine does. */
const rootPath = '/';
const mostMounts = 1_000;

export interface DiskOptions {
  readonly clock: Clock;
  readonly statfs: (path: string) => Promise<StatsFs>;
  /** Told once when a mount doesn't answer, and once when it does again. */
  readonly onHanging: (path: string, isHanging: boolean) => void;
  /** A gather waits no longer than this for all mounts together. Default 1 s. */
  readonly timeoutMs?: number;
}

/** `[[inputs.disk]]`: how full each mount is. One that hangs costs its own reading and no more. */
export function diskInput(roots: Roots, options: DiskOptions): Input {
  const prober = new Prober(options);
  return {
    name: 'disk',
    async gather() {
      const mounts = mountsOf(roots);
      const usages = await prober.ask(byTrust(mounts));
      const readings: Reading[] = [];
      for (const mount of mounts) {
        const usage = usages.get(mount.path);
        if (usage !== undefined && usage.blocks > 0) readings.push(diskReading(mount, usage));
      }
      return readings;
    },
  };
}

/** What lies on a device of this machine first: what a program or another machine serves hangs more easily. */
function byTrust(mounts: readonly Mount[]): string[] {
  const isLocal = ({ device }: Mount): boolean => device.startsWith('/dev/');
  return [...mounts].sort((a, b) => Number(isLocal(b)) - Number(isLocal(a))).map(({ path }) => path);
}

/** The mounts that are worth a look: of several at one place the last, which covers the others. */
export function mountsOf(roots: Roots): Mount[] {
  const byPath = new Map<string, Mount>();
  for (const mount of parseMounts(readFileSync(join(roots.proc, 'self/mountinfo'), 'utf8'))) {
    byPath.set(mount.path, mount);
  }
  return [...byPath.values()]
    .filter(({ fileSystem }) => !ignored.has(fileSystem) && !network.test(fileSystem))
    .slice(0, mostMounts)
    .map((mount) => ({ ...mount, device: realDevice(mount, roots) }));
}

/** /proc/self/mountinfo (proc(5)): optional fields before a lone `-`, blanks in names as `\040`. */
export function parseMounts(mountinfo: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of mountinfo.split('\n')) {
    const words = wordsOf(line);
    const dash = words.indexOf('-', 6);
    const [, , deviceNumber, , path, options] = words;
    const fileSystem = words[dash + 1];
    const device = words[dash + 2];
    if (dash === -1 || deviceNumber === undefined || path === undefined || fileSystem === undefined) continue;
    mounts.push({
      path: unescapeOctal(path),
      device: unescapeOctal(device ?? ''),
      deviceNumber,
      fileSystem,
      mode: modeOf(options ?? ''),
    });
  }
  return mounts;
}

export function diskReading(mount: Mount, usage: StatsFs): Reading {
  const { blocks, bfree, bavail, bsize, files, ffree } = usage;
  const used = (blocks - bfree) * bsize;
  const free = bavail * bsize;
  const inodesUsed = Math.max(0, files - ffree);
  return {
    measurement: 'disk',
    tags: [
      ['device', mount.device.replaceAll('/dev/', '')],
      ['fstype', mount.fileSystem],
      ['mode', mount.mode],
      ['path', mount.path],
    ],
    fields: [
      ...fieldsOf('integer', { total: blocks * bsize, free, used }),
      ...fieldsOf('float', { used_percent: used + free === 0 ? 0 : (100 * used) / (used + free) }),
      ...fieldsOf('integer', { inodes_total: files, inodes_free: ffree, inodes_used: inodesUsed }),
      ...fieldsOf('float', { inodes_used_percent: files === 0 ? 0 : (100 * inodesUsed) / files }),
    ],
  };
}

/**
 * Asks for the usage of mounts, as many at a time as there are slots. A call that hangs cannot be taken back: its
 * mount keeps the slot, and is not asked again, until it answers.
 */
class Prober {
  readonly #options: DiskOptions;
  readonly #timeoutMs: number;
  /** Since when, by the monotonic clock. */
  readonly #outstanding = new Map<string, number>();
  readonly #hanging = new Set<string>();
  #proven = new Set<string>();

  constructor(options: DiskOptions) {
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? 1_000;
  }

  /** The usages that came within the timeout; the first paths are asked first, those that answered before these. */
  ask(paths: readonly string[]): Promise<Map<string, StatsFs>> {
    this.#noteHanging(0);
    this.#proven = new Set(paths.filter((path) => this.#proven.has(path)));
    const waiting = this.#inOrder(paths);
    const asked = new Set<string>();
    const usages = new Map<string, StatsFs>();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        waiting.length = 0;
        resolve(usages);
      };
      const cancel = this.#options.clock.after(this.#timeoutMs, () => {
        this.#noteHanging(this.#timeoutMs / 2);
        end();
      });
      const askMore = (): void => {
        for (let next = waiting[0]; next !== undefined && this.#mayAsk(next); next = waiting[0]) {
          const path = next;
          waiting.shift();
          asked.add(path);
          void this.#usage(path).then((usage) => {
            asked.delete(path);
            if (usage !== undefined) usages.set(path, usage);
            askMore();
          });
        }
        if (asked.size === 0) end();
      };
      askMore();
    });
  }

  #inOrder(paths: readonly string[]): string[] {
    const rank = (path: string): number => (path === rootPath ? 0 : this.#proven.has(path) ? 1 : 2);
    return paths.filter((path) => !this.#outstanding.has(path)).sort((a, b) => rank(a) - rank(b));
  }

  #mayAsk(path: string): boolean {
    if (path === rootPath) return true;
    return this.#outstanding.size < (this.#proven.has(path) ? mostOutstanding : mostUnproven);
  }

  /** Undefined where it fails; never rejects. */
  async #usage(path: string): Promise<StatsFs | undefined> {
    const { clock, statfs, onHanging } = this.#options;
    this.#outstanding.set(path, clock.monotonicMs());
    const usage = await statfs(path).catch(() => undefined);
    this.#outstanding.delete(path);
    this.#proven.add(path);
    if (this.#hanging.delete(path)) onHanging(path, false);
    return usage;
  }

  #noteHanging(forMs: number): void {
    const { clock, onHanging } = this.#options;
    for (const [path, sinceMs] of this.#outstanding) {
      if (this.#hanging.has(path) || clock.monotonicMs() - sinceMs < forMs) continue;
      this.#hanging.add(path);
      onHanging(path, true);
    }
  }
}

function modeOf(options: string): Mount['mode'] {
  const list = options.split(',');
  return list.includes('rw') ? 'rw' : list.includes('ro') ? 'ro' : 'unknown';
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** `/dev/mapper/vg-root` is a link to `/dev/dm-0`, and `/dev/root` is no device: as gopsutil resolves them. */
function realDevice({ device, deviceNumber }: Mount, { dev, sys }: Roots): string {
  try {
    if (device.startsWith('/dev/mapper/')) {
      return `/dev/${basename(readlinkSync(join(dev, device.slice('/dev/'.length))))}`;
    }
    if (device === '/dev/root') return `/dev/${basename(readlinkSync(join(sys, 'dev/block', deviceNumber)))}`;
  } catch {
    // No link: then the name is all there is.
  }
  return device;
}
