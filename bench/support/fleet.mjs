// What Telegrafs with the usual inputs would send: 18 lines and about 170 values per host and tick, in Telegraf's
// order of tags and fields. CPU floats come about as in Telegraf, from differences of float seconds, so that they
// have full mantissas, which is what compressors find hard. The same seed gives the same octets.

const gib = 1024 ** 3;
const cores = 4;
const cpuFields = [
  'user',
  'system',
  'idle',
  'nice',
  'iowait',
  'irq',
  'softirq',
  'steal',
  'guest',
  'guest_nice',
];
/** Shares of a second in hundredths; idle takes what is left. */
const cpuShares = {
  user: 12,
  system: 5,
  nice: 0.2,
  iowait: 1.5,
  irq: 0,
  softirq: 0.6,
  steal: 0.1,
  guest: 0,
  guest_nice: 0,
};

export const linesPerHost = 18;
export const intervalMs = 10_000;

/** The names of that many hosts. */
export function hostNames(hosts) {
  return Array.from({ length: hosts }, (_, index) => `web-${String(index + 1).padStart(4, '0')}`);
}

/** Hosts whose figures go on from tick to tick. */
export class Fleet {
  #hosts;

  constructor(hosts, seed = 1) {
    this.#hosts = hostNames(hosts).map((name, index) => new Host(name, seed * 100_003 + index));
  }

  /** The lines of all hosts at that time, as one body. */
  tick(timeMs) {
    return Buffer.from(this.#hosts.map((host) => host.lines(timeMs)).join(''), 'latin1');
  }

  /** The lines of each host at that time. */
  tickByHost(timeMs) {
    return this.#hosts.map((host) => Buffer.from(host.lines(timeMs), 'latin1'));
  }
}

class Host {
  #name;
  #random;
  #cpus;
  #load = 1;
  #used;
  #cached;
  #disks = [
    { path: '/', device: 'sda1', total: 100 * gib, used: 40 * gib },
    { path: '/data', device: 'sdb1', total: 400 * gib, used: 190 * gib },
  ];
  #counters = {
    uptime: 0,
    bootS: 0,
    context: 0,
    interrupts: 0,
    forks: 0,
    in: 0,
    out: 0,
    received: 0,
    sent: 0,
  };
  #io = [newDisk('sda'), newDisk('sdb')];

  constructor(name, seed) {
    this.#name = name;
    this.#random = randomFrom(seed);
    const phase = this.#random();
    this.#cpus = Array.from({ length: cores }, () =>
      Object.fromEntries(cpuFields.map((field) => [field, 1e6 * phase])),
    );
    this.#used = (3 + 8 * phase) * gib;
    this.#cached = (2 + phase) * gib;
    this.#counters.uptime = Math.floor(1e6 * phase);
    this.#counters.context = Math.floor(1e10 * phase);
    this.#counters.received = Math.floor(1e12 * phase);
    this.#counters.sent = Math.floor(2e11 * phase);
  }

  lines(timeMs) {
    const end = ` ${timeMs}000000\n`;
    const host = `host=${this.#name}`;
    this.#counters.uptime += intervalMs / 1_000;
    return (
      this.#cpuLines(host, end) +
      this.#memoryLines(host, end) +
      this.#diskLines(host, end) +
      this.#networkLine(host, end) +
      this.#systemLines(host, timeMs, end)
    );
  }

  #cpuLines(host, end) {
    const busy = 0.3 + 1.4 * this.#random();
    const total = Object.fromEntries(cpuFields.map((field) => [field, { before: 0, after: 0 }]));
    let lines = '';
    this.#cpus.forEach((times, core) => {
      const before = { ...times };
      this.#passTime(times, busy);
      for (const field of cpuFields) {
        total[field].before += before[field];
        total[field].after += times[field];
      }
      lines += `cpu,cpu=cpu${core},${host} ${usages((field) => times[field] - before[field])}${end}`;
    });
    return `${lines}cpu,cpu=cpu-total,${host} ${usages((field) => total[field].after - total[field].before)}${end}`;
  }

  /** About 1,000 hundredths of a second, as /proc/stat has them, on their accounts. */
  #passTime(times, busy) {
    let idle = 1_000 + Math.floor(5 * this.#random()) - 2;
    for (const [field, share] of Object.entries(cpuShares)) {
      if (share === 0) continue;
      const ticks = Math.floor(10 * share * busy * (0.5 + this.#random()) + 0.4);
      idle -= ticks;
      times[field] = (Math.round(times[field] * 100) + ticks) / 100;
    }
    times.idle = (Math.round(times.idle * 100) + Math.max(0, idle)) / 100;
  }

  #memoryLines(host, end) {
    const total = 16 * gib;
    this.#used = between(2 * gib, this.#walk(this.#used, 30e6), 12 * gib);
    this.#cached = between(gib, this.#walk(this.#cached, 10e6), 3 * gib);
    const [used, cached] = [page(this.#used), page(this.#cached)];
    const available = total - used;
    const some = (most) => page(most * (0.9 + 0.1 * this.#random()));
    const swapUsed = 4096 * Math.floor(this.#counters.out / 65_536);
    this.#counters.in += this.#random() < 0.02 ? 4_096 : 0;
    this.#counters.out += this.#random() < 0.05 ? 8_192 : 0;
    return (
      `mem,${host} total=${total}i,available=${available}i,used=${used}i,used_percent=${(100 * used) / total},` +
      `available_percent=${(100 * available) / total},active=${some(6e9)}i,buffered=${some(4e8)}i,cached=${cached}i,` +
      `commit_limit=${12 * gib}i,committed_as=${some(9e9)}i,dirty=${page(2e6 * this.#random())}i,` +
      `free=${total - used - cached}i,high_free=0i,high_total=0i,huge_pages_free=0i,huge_page_size=2097152i,` +
      `huge_pages_total=0i,inactive=${some(3e9)}i,low_free=0i,low_total=0i,mapped=${some(7e8)}i,` +
      `page_tables=${some(4e7)}i,shared=${some(2e8)}i,slab=${some(5e8)}i,sreclaimable=${some(4e8)}i,` +
      `sunreclaim=${some(1e8)}i,swap_cached=0i,swap_free=${4 * gib - swapUsed}i,swap_total=${4 * gib}i,` +
      `vmalloc_chunk=0i,vmalloc_total=35184372087808i,vmalloc_used=${some(6e7)}i,write_back_tmp=0i,write_back=0i${end}` +
      `swap,${host} total=${4 * gib}i,used=${swapUsed}i,free=${4 * gib - swapUsed}i,` +
      `used_percent=${(100 * swapUsed) / (4 * gib)}${end}` +
      `swap,${host} in=${this.#counters.in}i,out=${this.#counters.out}i${end}`
    );
  }

  #diskLines(host, end) {
    let lines = '';
    for (const disk of this.#disks) {
      disk.used = Math.min(0.9 * disk.total, disk.used + 4_096 * Math.floor(60 * this.#random()));
      const free = disk.total * 0.95 - disk.used;
      const inodes = Math.floor(disk.used / 40_960);
      lines +=
        `disk,device=${disk.device},fstype=ext4,${host},mode=rw,path=${disk.path} total=${disk.total}i,` +
        `free=${page(free)}i,used=${page(disk.used)}i,used_percent=${(100 * disk.used) / (disk.used + free)},` +
        `inodes_total=26214400i,inodes_free=${26_214_400 - inodes}i,inodes_used=${inodes}i,` +
        `inodes_used_percent=${(100 * inodes) / 26_214_400}${end}`;
    }
    for (const io of this.#io) lines += this.#diskIoLine(io, host, end);
    return lines;
  }

  #diskIoLine(io, host, end) {
    const reads = Math.floor(40 * this.#random() ** 3);
    const writes = Math.floor(20 + 200 * this.#random());
    const busyMs = Math.floor(reads * 0.4 + writes * 0.7);
    io.reads += reads;
    io.writes += writes;
    io.readBytes += reads * 4_096 * Math.ceil(8 * this.#random());
    io.writeBytes += writes * 4_096 * Math.ceil(4 * this.#random());
    io.readTime += Math.floor(reads * 0.5);
    io.writeTime += Math.floor(writes * 1.1);
    io.ioTime += busyMs;
    io.weighted += Math.floor(reads * 0.5 + writes * 1.1);
    io.mergedReads += Math.floor(reads / 9);
    io.mergedWrites += Math.floor(writes / 3);
    return (
      `diskio,${host},name=${io.name} reads=${io.reads}i,writes=${io.writes}i,read_bytes=${io.readBytes}i,` +
      `write_bytes=${io.writeBytes}i,read_time=${io.readTime}i,write_time=${io.writeTime}i,io_time=${io.ioTime}i,` +
      `weighted_io_time=${io.weighted}i,iops_in_progress=${Math.floor(1.1 * this.#random())}i,` +
      `merged_reads=${io.mergedReads}i,merged_writes=${io.mergedWrites}i,io_util=${(100 * busyMs) / intervalMs},` +
      `io_await=${(reads * 0.5 + writes * 1.1) / (reads + writes)},io_svctm=${busyMs / (reads + writes)}${end}`
    );
  }

  #networkLine(host, end) {
    const { received, sent } = this.#counters;
    this.#counters.received += Math.floor(2e6 * this.#random() ** 2);
    this.#counters.sent += Math.floor(8e5 * this.#random() ** 2);
    return (
      `net,${host},interface=eth0 bytes_sent=${sent}i,bytes_recv=${received}i,packets_sent=${Math.floor(sent / 600)}i,` +
      `packets_recv=${Math.floor(received / 900)}i,err_in=0i,err_out=0i,drop_in=${Math.floor(received / 1e9)}i,` +
      `drop_out=0i,speed=1000i${end}`
    );
  }

  #systemLines(host, timeMs, end) {
    const { uptime } = this.#counters;
    this.#load = between(0.01, this.#walk(this.#load, 0.1), 8);
    this.#counters.context += Math.floor(20_000 + 30_000 * this.#random());
    this.#counters.interrupts += Math.floor(8_000 + 9_000 * this.#random());
    this.#counters.forks += Math.floor(40 * this.#random());
    const { context, interrupts, forks } = this.#counters;
    const sleeping = 140 + Math.floor(20 * this.#random());
    const minutes = Math.floor(uptime / 60);
    const clock = `${Math.floor(minutes / 60) % 24}:${String(minutes % 60).padStart(2, '0')}`;
    const load = (share) => (this.#load * share).toFixed(2);
    return (
      `kernel,${host} boot_time=${Math.floor(timeMs / 1_000) - uptime}i,context_switches=${context}i,entropy_avail=256i,` +
      `interrupts=${interrupts}i,processes_forked=${forks}i,disk_pages_in=${forks * 7}i,disk_pages_out=${forks * 31}i${end}` +
      `processes,${host} blocked=${Math.floor(1.2 * this.#random())}i,dead=0i,idle=60i,paging=0i,` +
      `running=${Math.floor(3 * this.#random())}i,sleeping=${sleeping}i,stopped=0i,total=${sleeping + 62}i,` +
      `total_threads=${sleeping * 3}i,unknown=0i,zombies=0i${end}` +
      `system,${host} load1=${load(1)},load5=${load(0.9)},load15=${load(0.8)},n_cpus=${cores}i,n_physical_cpus=2i,` +
      `n_unique_users=1i,n_users=2i${end}` +
      `system,${host} uptime=${uptime}i${end}` +
      `system,${host} uptime_format="${Math.floor(minutes / 1_440)} days, ${clock.padStart(5)}"${end}`
    );
  }

  #walk(value, step) {
    return value + step * (this.#random() - 0.5);
  }
}

function usages(spentOn) {
  const spent = cpuFields.map(spentOn);
  const total = spent.reduce((sum, each) => sum + each, 0);
  return cpuFields.map((field, index) => `usage_${field}=${(100 * spent[index]) / total}`).join(',');
}

function newDisk(name) {
  return {
    ...{ name, reads: 1e6, writes: 9e6, readBytes: 4e10, writeBytes: 2e11, readTime: 5e5, writeTime: 9e6 },
    ...{ ioTime: 7e6, weighted: 9e6, mergedReads: 1e5, mergedWrites: 3e6 },
  };
}

/** Mulberry32: small, fast, and good enough for load. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const page = (bytes) => 4_096 * Math.floor(bytes / 4_096);
const between = (least, value, most) => Math.min(most, Math.max(least, value));
