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
const mostMounts = 1_000;

export interface DiskOptions {
  readonly clock: Clock;
  readonly statfs: (path: string) => Promise<StatsFs>;
  /** Told once when a mount doesn't answer, and once when it does again. */
  readonly onHanging: (path: string, isHanging: boolean) => void;
  /** Default 1 s. */
  readonly timeoutMs?: number;
}

/** `[[inputs.disk]]`: how full each mount is. One that hangs costs its own reading and no more. */
export function diskInput(roots: Roots, options: DiskOptions): Input {
  const probe = createProbe(options);
  return {
    name: 'disk',
    async gather() {
      const readings: Reading[] = [];
      for (const mount of mountsOf(roots)) {
        const usage = await probe(mount.path);
        if (usage !== undefined && usage.blocks > 0) readings.push(diskReading(mount, usage));
      }
      return readings;
    },
  };
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

/** Asks for the usage of a path; undefined where it fails, or hangs: then it is not asked again until it answers. */
function createProbe({ clock, statfs, onHanging, timeoutMs = 1_000 }: DiskOptions) {
  const outstanding = new Set<string>();
  const hanging = new Set<string>();
  function settled(path: string): void {
    outstanding.delete(path);
    if (hanging.delete(path)) onHanging(path, false);
  }
  return async (path: string): Promise<StatsFs | undefined> => {
    if (outstanding.has(path) || outstanding.size >= mostOutstanding) return undefined;
    outstanding.add(path);
    const asked = statfs(path).catch(() => undefined);
    void asked.then(() => settled(path));
    return new Promise((resolve) => {
      const cancel = clock.after(timeoutMs, () => {
        hanging.add(path);
        onHanging(path, true);
        resolve(undefined);
      });
      void asked.then((usage) => {
        cancel();
        resolve(usage);
      });
    });
  };
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
