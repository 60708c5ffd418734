import { describe, expect, test } from 'vitest';
import { cpuReadings, parseCpuTimes } from '../../src/collect/cpu.ts';
import { diskReading, parseMounts } from '../../src/collect/disk.ts';
import { diskioReadings, parseDiskstats } from '../../src/collect/diskio.ts';
import type { Reading } from '../../src/collect/input.ts';
import { kernelReading } from '../../src/collect/kernel.ts';
import { memReading, parseCounters, parseMeminfo, swapReading } from '../../src/collect/memory.ts';
import { netReading, parseNetDev } from '../../src/collect/net.ts';
import { portableCpuTimes, portableMemReading } from '../../src/collect/portable.ts';
import { parseProcessStat, processesReading } from '../../src/collect/processes.ts';
import { formatUptime, parsePhysicalCpus, systemReading } from '../../src/collect/system.ts';
import { encodePoints } from '../../src/lineProtocol/encoder.ts';

/** As line protocol at time 0: measurement, tags, fields and types in one line. */
function lines(...readings: Reading[]): string[] {
  return encodePoints(readings.map((reading) => ({ ...reading, timeMs: 0 })))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/ 0$/, ''));
}

describe('cpu', () => {
  const before = `cpu  1000 100 300 5000 50 5 15 30 200 20
cpu0 500 50 150 2500 25 5 5 15 100 10
intr 5 0
`;

  test('is usage in percent between two readings, with guests taken out of user and nice', () => {
    const after = `cpu  1100 120 340 5200 60 10 20 55 240 30
cpu0 560 60 170 2580 30 5 10 25 120 14
cpu1 1 1 1 1 1 1 1 1 1 1
intr 9 0
`;
    expect(lines(...cpuReadings(parseCpuTimes(before), parseCpuTimes(after)))).toEqual([
      'cpu,cpu=cpu-total usage_user=14.814814814814815,usage_system=9.876543209876543,' +
        'usage_idle=49.382716049382715,usage_nice=2.4691358024691357,usage_iowait=2.4691358024691357,' +
        'usage_irq=1.2345679012345678,usage_softirq=1.2345679012345678,usage_steal=6.172839506172839,' +
        'usage_guest=9.876543209876543,usage_guest_nice=2.4691358024691357',
      'cpu,cpu=cpu0 usage_user=21.05263157894737,usage_system=10.526315789473685,' +
        'usage_idle=42.10526315789474,usage_nice=3.1578947368421053,usage_iowait=2.6315789473684212,' +
        'usage_irq=0,usage_softirq=2.6315789473684212,usage_steal=5.2631578947368425,' +
        'usage_guest=10.526315789473685,usage_guest_nice=2.1052631578947367',
    ]);
  });

  test('has no reading without one before, nor where no time has passed', () => {
    expect(cpuReadings(new Map(), parseCpuTimes(before))).toEqual([]);
    expect(cpuReadings(parseCpuTimes(before), parseCpuTimes(before))).toEqual([]);
  });

  test('is never negative, though the kernel lets iowait go back', () => {
    const readings = cpuReadings(parseCpuTimes('cpu 0 0 0 0 10'), parseCpuTimes('cpu 0 0 0 100 9'));
    const fields = new Map(readings[0]?.fields.map(({ name, value }) => [name, value]));
    expect(fields.get('usage_iowait')).toBe(0);
  });

  test('takes missing columns of old kernels as zero', () => {
    expect(parseCpuTimes('cpu 1 2 3 4\n').get('cpu-total')).toEqual({
      user: 1,
      nice: 2,
      system: 3,
      idle: 4,
      iowait: 0,
      irq: 0,
      softirq: 0,
      steal: 0,
      guest: 0,
      guestNice: 0,
    });
  });
});

describe('mem and swap', () => {
  const meminfo = `MemTotal:       24683656 kB
MemFree:        20000000 kB
MemAvailable:   21000000 kB
Buffers:            3492 kB
Cached:           218576 kB
SwapCached:            4 kB
Active:            55712 kB
Inactive:         166144 kB
Active(anon):       1544 kB
SwapTotal:       2097148 kB
SwapFree:        1048574 kB
Dirty:               292 kB
Writeback:             1 kB
Mapped:            10864 kB
Shmem:              8924 kB
Slab:             100036 kB
SReclaimable:      77004 kB
SUnreclaim:        23032 kB
PageTables:         2368 kB
WritebackTmp:          2 kB
CommitLimit:    12341828 kB
Committed_AS:      59640 kB
VmallocTotal:   34359738367 kB
VmallocUsed:       14284 kB
VmallocChunk:          0 kB
HugePages_Total:       3
HugePages_Free:        2
Hugepagesize:       2048 kB
`;

  test('mem is in bytes, cached with what is reclaimable, used without what is available', () => {
    expect(lines(memReading(parseMeminfo(meminfo)))).toEqual([
      'mem total=25276063744i,available=21504000000i,used=3772063744i,' +
        'used_percent=14.92346190531905,available_percent=85.07653809468096,' +
        'active=57049088i,buffered=3575808i,cached=302673920i,commit_limit=12638031872i,' +
        'committed_as=61071360i,dirty=299008i,free=20480000000i,high_free=0i,high_total=0i,' +
        'huge_pages_free=2i,huge_page_size=2097152i,huge_pages_total=3i,inactive=170131456i,' +
        'low_free=0i,low_total=0i,mapped=11124736i,page_tables=2424832i,shared=9138176i,slab=102436864i,' +
        'sreclaimable=78852096i,sunreclaim=23584768i,swap_cached=4096i,swap_free=1073739776i,' +
        'swap_total=2147479552i,vmalloc_chunk=0i,vmalloc_total=35184372087808i,vmalloc_used=14626816i,' +
        'write_back=1024i,write_back_tmp=2048i',
    ]);
  });

  test('available is estimated where the kernel does not tell', () => {
    const old = parseMeminfo(
      'MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 10 kB\nCached: 200 kB\nSReclaimable: 5 kB',
    );
    expect(lines(memReading(old))[0]).toMatch(/^mem total=1024000i,available=322560i,used=701440i,/);
  });

  test('swap is used and free, and what was paged in and out', () => {
    const pages = parseCounters('pgpgin 5\npswpin 2\npswpout 3\n');
    expect(lines(swapReading(parseMeminfo(meminfo), pages))).toEqual([
      'swap total=2147479552i,used=1073739776i,free=1073739776i,used_percent=50,in=8192i,out=12288i',
    ]);
  });

  test('no swap is no division by zero', () => {
    expect(lines(swapReading(new Map(), new Map()))).toEqual([
      'swap total=0i,used=0i,free=0i,used_percent=0,in=0i,out=0i',
    ]);
  });
});

describe('disk', () => {
  test('mounts are read with optional fields, blanks in names and bind mounts', () => {
    const mountinfo = `27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
36 35 98:0 /mnt1 /mnt/with\\040space\\011and\\134back ro,noatime shared:1 master:2 - xfs /dev/my\\040disk rw
40 27 0:35 / /data rw - btrfs /dev/sdb1 rw
not a mount
`;
    expect(parseMounts(mountinfo)).toEqual([
      { path: '/', device: '/dev/vda', deviceNumber: '254:0', fileSystem: 'ext4', mode: 'rw' },
      {
        path: '/mnt/with space\tand\\back',
        device: '/dev/my disk',
        deviceNumber: '98:0',
        fileSystem: 'xfs',
        mode: 'ro',
      },
      { path: '/data', device: '/dev/sdb1', deviceNumber: '0:35', fileSystem: 'btrfs', mode: 'rw' },
    ]);
  });

  test('is in bytes; used percent is of what users may have', () => {
    const [mount] = parseMounts('27 1 254:0 / /my\\040disk rw - ext4 /dev/vda1 rw');
    const usage = { type: 61267, bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 200, ffree: 150 };
    expect(lines(diskReading(mount!, usage))).toEqual([
      'disk,device=vda1,fstype=ext4,mode=rw,path=/my\\ disk total=4096000i,free=1228800i,used=2457600i,' +
        'used_percent=66.66666666666667,inodes_total=200i,inodes_free=150i,inodes_used=50i,inodes_used_percent=25',
    ]);
  });

  test('a file system without inodes uses none of them', () => {
    const [mount] = parseMounts('27 1 0:9 / /a rw - btrfs /dev/a rw');
    const usage = { type: 0, bsize: 1, blocks: 2, bfree: 1, bavail: 1, files: 0, ffree: 0 };
    expect(lines(diskReading(mount!, usage))[0]).toMatch(/inodes_used=0i,inodes_used_percent=0$/);
  });
});

describe('diskio', () => {
  const before = '   8 0 sda 100 10 2000 400 50 5 1000 300 0 500 700 0 0 0 0 1 2\n';

  test('is counters in bytes and ms, without devices that were never used', () => {
    const diskstats = `   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 254       0 vda 57753 7605 3582626 14297 13153 30278 3208752 10076 2 7848 25695 15042 84 1083040 1255 1224 65
   8       1 sda1 1 2 3 4
   8       2 sda2 9 8 7 6 5 4 3 2 1 10 11
`;
    expect(lines(...diskioReadings(new Map(), parseDiskstats(diskstats), 1000))).toEqual([
      'diskio,name=vda reads=57753i,writes=13153i,read_bytes=1834304512i,write_bytes=1642881024i,' +
        'read_time=14297i,write_time=10076i,io_time=7848i,weighted_io_time=25695i,iops_in_progress=2i,' +
        'merged_reads=7605i,merged_writes=30278i',
      'diskio,name=sda2 reads=9i,writes=5i,read_bytes=3584i,write_bytes=1536i,read_time=6i,write_time=2i,' +
        'io_time=10i,weighted_io_time=11i,iops_in_progress=1i,merged_reads=8i,merged_writes=4i',
    ]);
  });

  test('of two readings also tells how busy the device was and how long requests took', () => {
    const after = '   8 0 sda 130 10 2000 460 60 5 1000 340 0 900 700\n';
    const [line] = lines(...diskioReadings(parseDiskstats(before), parseDiskstats(after), 1000));
    expect(line).toMatch(/,io_await=2.5,io_svctm=10,io_util=40$/);
  });

  test('without a request has no time per request', () => {
    const [line] = lines(...diskioReadings(parseDiskstats(before), parseDiskstats(before), 1000));
    expect(line).toMatch(/merged_writes=5i,io_util=0$/);
  });

  test('whose 32-bit counter wrapped has nothing derived', () => {
    const after = '   8 0 sda 130 10 2000 460 60 5 1000 340 0 3 700\n';
    const [line] = lines(...diskioReadings(parseDiskstats(before), parseDiskstats(after), 1000));
    expect(line).toMatch(/merged_writes=5i$/);
  });
});

describe('net', () => {
  test('is counters by interface, however their names are written', () => {
    const netDev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
  eth0:629606627   16212    1    2    0     0          0         0  1160841   10025    3    4    0     0       0          0
 eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
`;
    const all = parseNetDev(netDev);
    expect([...all.keys()]).toEqual(['eth0', 'eth0:1']);
    expect(lines(netReading('eth0', all.get('eth0')!, 1000))).toEqual([
      'net,interface=eth0 bytes_sent=1160841i,bytes_recv=629606627i,packets_sent=10025i,packets_recv=16212i,' +
        'err_in=1i,err_out=3i,drop_in=2i,drop_out=4i,speed=1000i',
    ]);
  });
});

describe('system', () => {
  test('is load, CPUs and uptime', () => {
    const state = { load1: 0.5, load5: 0, load15: 1.25, cpus: 8, physicalCpus: 4, uptimeSeconds: 6_262_680 };
    expect(lines(systemReading(state))).toEqual([
      'system load1=0.5,load5=0,load15=1.25,n_cpus=8i,n_physical_cpus=4i,uptime=6262680i,uptime_format="72 days, 11:38"',
    ]);
    expect(lines(systemReading({ ...state, physicalCpus: undefined }))[0]).not.toMatch('n_physical_cpus');
  });

  test.each([
    [0, ' 0:00'],
    [59, ' 0:00'],
    [883, ' 0:14'],
    [86_399, '23:59'],
    [86_400 + 3 * 3600 + 5 * 60, '1 day,  3:05'],
    [6_262_680, '72 days, 11:38'],
  ])('%d s of uptime are written %j', (seconds, text) => {
    expect(formatUptime(seconds)).toBe(text);
  });

  test('cores are counted once for all their threads', () => {
    const processor = (physical: number, core: number) =>
      `processor\t: 0\nphysical id\t: ${physical}\nsiblings\t: 2\ncore id\t\t: ${core}\n`;
    const cpuinfo = [processor(0, 0), processor(0, 1), processor(0, 0), processor(1, 0)].join('\n');
    expect(parsePhysicalCpus(cpuinfo)).toBe(3);
    expect(parsePhysicalCpus('processor\t: 0\nBogoMIPS\t: 50.00\n')).toBeUndefined();
  });
});

describe('processes', () => {
  const stat = (command: string, letter: string, threads: number) =>
    `42 (${command}) ${letter} 1 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 ${threads} 0 100 1000 10`;

  test('are counted by state, with their threads', () => {
    const found = [...'RSSDZXTtWIPK'].map((letter) => parseProcessStat(stat('a', letter, 2))!);
    expect(lines(processesReading(found))).toEqual([
      'processes blocked=1i,dead=1i,idle=1i,paging=1i,parked=1i,running=1i,sleeping=2i,stopped=2i,total=12i,' +
        'total_threads=24i,unknown=1i,zombies=1i',
    ]);
  });

  test('parked is only there where some are', () => {
    expect(lines(processesReading([]))).toEqual([
      'processes blocked=0i,dead=0i,idle=0i,paging=0i,running=0i,sleeping=0i,stopped=0i,total=0i,' +
        'total_threads=0i,unknown=0i,zombies=0i',
    ]);
  });

  test('may have parentheses and blanks in their names', () => {
    expect(parseProcessStat(stat('a) R (b', 'S', 3))).toEqual({ state: 'sleeping', threads: 3 });
  });

  test('that can not be read are left out', () => {
    expect(parseProcessStat('')).toBeUndefined();
    expect(parseProcessStat('42 (a) S 1 2')).toBeUndefined();
  });
});

describe('kernel', () => {
  const stat =
    'cpu 1 2 3 4\nintr 367062 0 0 1\nctxt 886802\nbtime 1795359340\nprocesses 6936\nprocs_running 3\n';

  test('is counters of /proc/stat and /proc/vmstat', () => {
    expect(lines(kernelReading(stat, 'pgpgin 1791313\npgpgout 1604376\n', 256))).toEqual([
      'kernel boot_time=1795359340i,context_switches=886802i,disk_pages_in=1791313i,disk_pages_out=1604376i,' +
        'entropy_avail=256i,interrupts=367062i,processes_forked=6936i',
    ]);
  });

  test('leaves out what a kernel does not tell', () => {
    expect(lines(kernelReading('ctxt 1\n', '', undefined))).toEqual(['kernel context_switches=1i']);
  });
});

describe('where there is no /proc', () => {
  test('cpu is what Node knows', () => {
    const times = (idle: number) => ({ times: { user: 10, nice: 1, sys: 5, idle, irq: 2 } });
    const before = portableCpuTimes([times(0), times(0)]);
    const after = portableCpuTimes([times(75), times(25)]);
    const readings = cpuReadings(before, after);
    expect(readings.map(({ tags }) => tags[0]?.[1])).toEqual(['cpu-total', 'cpu0', 'cpu1']);
    expect(lines(readings[0]!)[0]).toMatch('usage_idle=100,');
    expect(before.get('cpu-total')).toMatchObject({ user: 20, nice: 2, system: 10, irq: 4, iowait: 0 });
  });

  test('mem is total and free', () => {
    expect(lines(portableMemReading(1000, 250))).toEqual([
      'mem total=1000i,free=250i,available=250i,used=750i,used_percent=75,available_percent=25',
    ]);
  });
});
