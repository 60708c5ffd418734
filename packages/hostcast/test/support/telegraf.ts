import { TelegrafClient } from './telegrafClient.ts';

/**
 * Sends what outputs.influxdb_v2 of a stock Telegraf sends: gzip, chunked (no Content-Length), an empty token,
 * nanosecond timestamps. Resolves with the status.
 */
export async function sendAsTelegraf(baseUrl: string, lines: string): Promise<number> {
  const telegraf = new TelegrafClient(Number(new URL(baseUrl).port));
  const path = '/api/v2/write?bucket=telegraf&org=hostcast';
  const { status } = await telegraf.sendBatch(path, lines, { authorization: 'Token ' });
  telegraf.close();
  return status;
}

/** One interval of a host as Telegraf writes it; `n` counts the intervals and drives the counters. */
export function telegrafLines(host: string, timeMs: number, n: number, idle = 75): string {
  const time = `${timeMs}000000`;
  return [
    `cpu,cpu=cpu-total,host=${host} usage_user=20,usage_system=${80 - idle},usage_idle=${idle},usage_nice=0,usage_iowait=0,usage_irq=0,usage_softirq=0,usage_steal=0,usage_guest=0,usage_guest_nice=0 ${time}`,
    `cpu,cpu=cpu0,host=${host} usage_user=20,usage_system=5,usage_idle=75 ${time}`,
    `mem,host=${host} total=8589934592i,used=4294967296i,available=4294967296i,used_percent=50,available_percent=50,buffered=104857600i,cached=1073741824i,free=1000000000i ${time}`,
    `swap,host=${host} total=1073741824i,used=0i,free=1073741824i,used_percent=0 ${time}`,
    `swap,host=${host} in=0i,out=0i ${time}`,
    `system,host=${host} load1=0.42,load5=0.3,load15=0.2,n_cpus=4i,n_users=1i ${time}`,
    `system,host=${host} uptime=${86_400 + n * 10}i ${time}`,
    `system,host=${host} uptime_format="1 day,  0:00" ${time}`,
    `disk,device=sda1,fstype=ext4,host=${host},mode=rw,path=/ total=100000000000i,free=28000000000i,used=70000000000i,used_percent=71.4,inodes_total=1000i,inodes_free=900i,inodes_used=100i ${time}`,
    `diskio,host=${host},name=sda reads=${n * 100}i,writes=${n * 50}i,read_bytes=${n * 10_485_760}i,write_bytes=${n * 5_242_880}i,read_time=1i,write_time=1i,io_time=${n * 310}i,weighted_io_time=1i,iops_in_progress=0i,merged_reads=0i,merged_writes=0i ${time}`,
    `net,host=${host},interface=eth0 bytes_sent=${n * 980_000}i,bytes_recv=${n * 1_250_000}i,packets_sent=1i,packets_recv=1i,err_in=0i,err_out=0i,drop_in=0i,drop_out=0i ${time}`,
    `processes,host=${host} blocked=0i,zombies=0i,stopped=0i,running=2i,sleeping=120i,total=122i,unknown=0i ${time}`,
    `kernel,host=${host} context_switches=${n * 5_000}i,interrupts=${n * 3_000}i,processes_forked=${n * 10}i,boot_time=1795000000i,entropy_avail=256i ${time}`,
    '',
  ].join('\n');
}
