import { describe, expect, it } from 'vitest';
import { ingested } from '../support/ingested.ts';

describe('what Telegraf sends of other systems and by other versions', () => {
  it('is shown of Windows: drives, no processes, swap that says nothing of in and out', async () => {
    const { row, snapshot } = await ingested(
      `
      cpu,cpu=cpu-total,host=WIN-1 usage_user=10,usage_system=5,usage_idle=80,usage_nice=0,usage_iowait=0,usage_irq=3,usage_softirq=0,usage_steal=0,usage_guest=0,usage_guest_nice=0 @2
      mem,host=WIN-1 total=8589934592i,available=4294967296i,used=4294967296i,used_percent=50,available_percent=50 @2
      swap,host=WIN-1 total=1073741824i,used=107374182i,free=966367642i,used_percent=10 @2
      swap,host=WIN-1 in=0i,out=0i @1
      swap,host=WIN-1 in=0i,out=0i @2
      disk,device=C:,fstype=NTFS,host=WIN-1,mode=rw,path=\\C: total=100i,free=40i,used=60i,used_percent=60,inodes_total=0i,inodes_free=0i,inodes_used=0i @2
      disk,device=D:,fstype=NTFS,host=WIN-1,mode=rw,path=\\D: total=100i,free=80i,used=20i,used_percent=20,inodes_total=0i,inodes_free=0i,inodes_used=0i @2
      diskio,host=WIN-1,name=C: reads=1i,writes=1i,read_bytes=1000i,write_bytes=0i,read_time=0i,write_time=0i,io_time=0i,weighted_io_time=0i,iops_in_progress=0i,merged_reads=0i,merged_writes=0i @1
      diskio,host=WIN-1,name=C: reads=2i,writes=1i,read_bytes=11000i,write_bytes=0i,read_time=0i,write_time=0i,io_time=0i,weighted_io_time=0i,iops_in_progress=0i,merged_reads=0i,merged_writes=0i @2
      net,host=WIN-1,interface=Ethernet\\ 2 bytes_sent=0i,bytes_recv=5000i,packets_sent=0i,packets_recv=0i,err_in=0i,err_out=0i,drop_in=0i,drop_out=0i,speed=1000i @1
      net,host=WIN-1,interface=Ethernet\\ 2 bytes_sent=0i,bytes_recv=25000i,packets_sent=0i,packets_recv=0i,err_in=0i,err_out=0i,drop_in=0i,drop_out=0i,speed=1000i @2
      net,host=WIN-1,interface=Loopback\\ Pseudo-Interface\\ 1 bytes_sent=0i,bytes_recv=0i @1
      net,host=WIN-1,interface=Loopback\\ Pseudo-Interface\\ 1 bytes_sent=0i,bytes_recv=99999i @2
      system,host=WIN-1 load1=0.1,load5=0.1,load15=0.1,n_cpus=4i,n_physical_cpus=2i @2
      system,host=WIN-1 uptime=3600i @2
      system,host=WIN-1 uptime_format="1:00" @2
      win_cpu,host=WIN-1,instance=_Total,objectname=Processor Percent_Processor_Time=20.5,Interrupts_persec=900 @2`,
      'WIN-1',
    );
    expect(row).toMatchObject({
      state: 'live',
      cpu: 20,
      memory: 50,
      swap: 10,
      disk: 60,
      load1: 0.1,
      cores: 4,
      diskRead: 1_000,
      diskWrite: 0,
      diskBusy: 0,
      netIn: 2_000,
      netOut: 0,
      uptime: 3_600,
    });
    expect(Object.keys(snapshot!.panels.disk!)).toEqual(['\\C:', '\\D:']);
    expect(snapshot!.panels.swap).toEqual({
      total: 1_073_741_824,
      used: 107_374_182,
      free: 966_367_642,
      used_percent: 10,
      in: 0,
      out: 0,
    });
    expect(snapshot!.panels.win_cpu).toEqual({
      'instance=_Total': { Percent_Processor_Time: 20.5, Interrupts_persec: 900 },
    });
    expect(snapshot!.units).toEqual({
      win_cpu: { Percent_Processor_Time: { unit: 'percent' }, Interrupts_persec: { unit: 'perSecond' } },
    });
  });

  it('is shown of macOS: wired memory, no buffers, disks by name', async () => {
    const { row, snapshot } = await ingested(
      `
      mem,host=mac active=3i,available=4i,available_percent=50,free=1i,inactive=2i,total=8i,used=4i,used_percent=50,wired=1i @2
      swap,host=mac free=0i,total=0i,used=0i,used_percent=0 @2
      swap,host=mac in=0i,out=0i @2
      diskio,host=mac,name=disk0 io_time=100i,read_bytes=1000i,write_bytes=0i @1
      diskio,host=mac,name=disk0 io_time=1100i,read_bytes=2000i,write_bytes=0i @2
      net,host=mac,interface=en0 bytes_recv=0i,bytes_sent=0i @1
      net,host=mac,interface=en0 bytes_recv=1000i,bytes_sent=10i @2
      net,host=mac,interface=utun0 bytes_recv=0i,bytes_sent=0i @1
      net,host=mac,interface=utun0 bytes_recv=900000i,bytes_sent=10i @2
      processes,host=mac blocked=0i,running=2i,sleeping=300i,stopped=0i,total=302i,unknown=0i,zombies=0i,idle=0i @2`,
      'mac',
    );
    expect(row).toMatchObject({ memory: 50, swap: 0, diskRead: 100, diskBusy: 10, netOut: 1, cpu: null });
    expect(row.netIn).toBe(100);
    expect(snapshot!.panels.processes).toMatchObject({ running: 2, idle: 0 });
  });

  it('counts no protocol as an interface, as Telegraf up to 1.36 sends them', async () => {
    const { row, snapshot } = await ingested(`
      net,host=web-1,interface=eth0 bytes_recv=0i,bytes_sent=0i @1
      net,host=web-1,interface=eth0 bytes_recv=1000i,bytes_sent=0i @2
      net,host=web-1,interface=all icmp_inmsgs=10i,ip_defaultttl=64i,tcp_currestab=7i,tcp_insegs=1000i,udp_indatagrams=5i @1
      net,host=web-1,interface=all icmp_inmsgs=20i,ip_defaultttl=64i,tcp_currestab=8i,tcp_insegs=3000i,udp_indatagrams=5i @2`);
    expect(row.netIn).toBe(100);
    expect(snapshot!.panels.net!.all).toEqual({
      icmp_inmsgs: 1,
      ip_defaultttl: 64,
      tcp_currestab: 8,
      tcp_insegs: 200,
      udp_indatagrams: 0,
    });
  });

  it('takes report_active and collect_cpu_time for what they are', async () => {
    const { row, snapshot } = await ingested(`
      cpu,cpu=cpu-total,host=web-1 usage_active=30,usage_idle=75,usage_iowait=5,usage_user=25 @2
      cpu,cpu=cpu-total,host=web-1 time_active=400,time_idle=1000,time_user=300 @1
      cpu,cpu=cpu-total,host=web-1 time_active=405,time_idle=1010,time_user=302 @2
      cpu,core_id=0,cpu=cpu0,host=web-1,physical_id=0 usage_idle=75 @2`);
    expect(row.cpu).toBe(25);
    expect(snapshot!.panels.cpu).toEqual({
      'cpu-total': {
        usage_active: 30,
        usage_idle: 75,
        usage_iowait: 5,
        usage_user: 25,
        time_active: 0.5,
        time_idle: 1,
        time_user: 0.2,
      },
      cpu0: { usage_idle: 75 },
    });
  });

  it('takes system in one line, with texts, as well as in three', async () => {
    const { row, snapshot } = await ingested(
      'system,host=web-1 load1=0.5,load5=0.4,load15=0.3,n_users=1i,n_unique_users=1i,n_cpus=8i,n_physical_cpus=4i,n_virtual_cpus=8i,uptime=86400u,uptime_format="1 day,  0:00",os="linux",arch="x86_64",platform="debian",product_name="KVM" @2',
    );
    expect(row).toMatchObject({ load1: 0.5, cores: 8, uptime: 86_400 });
    expect(snapshot!.panels.system).toMatchObject({ load1: 0.5, n_virtual_cpus: 8, uptime: 86_400 });
    expect(snapshot!.panels.system).not.toHaveProperty('os');
  });

  it('counts whole disks once: no partitions, device mapper or md, unless there is no whole disk', async () => {
    const io = (name: string, tags = '') =>
      `diskio,host=web-1,name=${name}${tags} read_bytes=0i,io_time=0i @1
       diskio,host=web-1,name=${name}${tags} read_bytes=10000i,io_time=1000i,io_util=10 @2`;
    const names = ['sda', 'sda1', 'sda2', 'dm-0', 'md0', 'nvme0n1', 'nvme0n1p1', 'loop0', 'sr0'];
    const { row, snapshot } = await ingested(names.map((name) => io(name)).join('\n'));
    expect(row).toMatchObject({ diskRead: 2_000, diskBusy: 10 });
    expect(Object.keys(snapshot!.panels.diskio!)).toHaveLength(9);
    expect((await ingested(`${io('xvda1', ',serial=abc,wwid=naa.5')}\n${io('dm-0')}`)).row.diskRead).toBe(
      1_000,
    );
  });
});
