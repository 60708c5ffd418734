import { describe, expect, it } from 'vitest';
import { fieldKinds } from '../../src/metrics/kinds.ts';
import { ingested } from '../support/ingested.ts';

describe('what Telegraf plugins send that the catalogue does not know', () => {
  it('is shown of docker by container, counters per second', async () => {
    const { snapshot, history } = await ingested(`
      mem,host=web-1,dc=icn used_percent=50 @2
      docker,dc=icn,engine_host=d1,host=web-1,server_version=27.1 n_containers=2i,n_goroutines=80i @2
      docker,dc=icn,engine_host=d1,host=web-1,server_version=27.1,unit=bytes memory_total=8000000000i @2
      docker_container_cpu,container_image=nginx,container_name=web,container_status=running,container_version=1.27,cpu=cpu-total,dc=icn,engine_host=d1,host=web-1,server_version=27.1 usage_total=1000000000i,usage_percent=9.5,container_id="abc" @1
      docker_container_cpu,container_image=nginx,container_name=web,container_status=running,container_version=1.27,cpu=cpu-total,dc=icn,engine_host=d1,host=web-1,server_version=27.1 usage_total=3000000000i,usage_percent=10.5,container_id="abc" @2
      docker_container_net,container_image=nginx,container_name=web,container_status=running,dc=icn,engine_host=d1,host=web-1,network=eth0 rx_bytes=1000i,tx_bytes=0i @1
      docker_container_net,container_image=nginx,container_name=web,container_status=running,dc=icn,engine_host=d1,host=web-1,network=eth0 rx_bytes=6000i,tx_bytes=0i @2
      docker_container_mem,container_name=web,container_status=running,dc=icn,engine_host=d1,host=web-1 usage=1048576i,usage_percent=1.5 @2`);
    expect(snapshot).toMatchObject({
      tags: { dc: 'icn' },
      panels: {
        docker: { n_containers: 2, n_goroutines: 80, memory_total: 8e9 },
        docker_container_cpu: {
          'container_name=web,cpu=cpu-total': { usage_total: 200_000_000, usage_percent: 10.5 },
        },
        docker_container_net: { 'container_name=web,network=eth0': { rx_bytes: 500, tx_bytes: 0 } },
        docker_container_mem: { 'container_name=web': { usage: 1_048_576, usage_percent: 1.5 } },
      },
    });
    expect(snapshot?.units).toEqual({
      docker: { memory_total: { unit: 'bytes' } },
      docker_container_cpu: {
        usage_total: { unit: 'percent', scale: 1e-7 },
        usage_percent: { unit: 'percent' },
      },
      docker_container_net: { rx_bytes: { unit: 'bytesPerSecond' }, tx_bytes: { unit: 'bytesPerSecond' } },
      docker_container_mem: { usage: { unit: 'bytes' }, usage_percent: { unit: 'percent' } },
    });
    expect(snapshot?.leftOut).toBeUndefined();
    expect(history.panels.docker_container_cpu).toEqual({
      'container_name=web,cpu=cpu-total': { usage_total: [200_000_000], usage_percent: [10] },
    });
    expect(history.units?.docker_container_net).toEqual({
      rx_bytes: { unit: 'bytesPerSecond' },
      tx_bytes: { unit: 'bytesPerSecond' },
    });
  });

  it('is shown of a container that changes its state as one series, the newer one', async () => {
    const { snapshot } = await ingested(`
      docker_container_status,container_name=job,container_status=exited,host=web-1 exitcode=1i @2
      docker_container_status,container_name=job,container_status=running,host=web-1 exitcode=0i @1`);
    expect(snapshot?.panels).toEqual({ docker_container_status: { 'container_name=job': { exitcode: 1 } } });
  });

  it('is shown of nginx, postgresql, redis, temp, nvidia_smi and systemd_units', async () => {
    const { snapshot } = await ingested(`
      mem,host=web-1 used_percent=50 @2
      nginx,host=web-1,port=80,server=localhost accepts=100i,handled=100i,requests=500i,active=7i @1
      nginx,host=web-1,port=80,server=localhost accepts=110i,handled=110i,requests=600i,active=8i @2
      postgresql,db=shop,host=web-1,server=pg xact_commit=100i,numbackends=4i,blk_read_time=100 @1
      postgresql,db=shop,host=web-1,server=pg xact_commit=150i,numbackends=5i,blk_read_time=600 @2
      redis,host=web-1,port=6379,replication_role=master,server=localhost total_commands_processed=1000i,used_memory=2097152i,instantaneous_ops_per_sec=12i @1
      redis,host=web-1,port=6379,replication_role=slave,server=localhost total_commands_processed=1500i,used_memory=2097152i,instantaneous_ops_per_sec=12i @2
      temp,host=web-1,sensor=coretemp_core_0 temp=48.5 @2
      nvidia_smi,compute_mode=Default,host=web-1,index=0,name=GTX\\ 1070,pstate=P8,uuid=GPU-1 temperature_gpu=40i,memory_used=512i,utilization_gpu=0i @1
      nvidia_smi,compute_mode=Default,host=web-1,index=0,name=GTX\\ 1070,pstate=P2,uuid=GPU-1 temperature_gpu=53i,memory_used=549i,utilization_gpu=90i @2
      systemd_units,active=active,host=web-1,load=loaded,name=ssh.service,sub=running active_code=0i @2
      prometheus,host=web-1,url=http://a http_requests_total=10 @1
      prometheus,host=web-1,url=http://a http_requests_total=30 @2`);
    expect(snapshot?.panels).toEqual({
      mem: { used_percent: 50 },
      nginx: { 'port=80,server=localhost': { accepts: 1, handled: 1, requests: 10, active: 8 } },
      postgresql: { 'db=shop,server=pg': { xact_commit: 5, numbackends: 5, blk_read_time: 50 } },
      redis: { 'port=6379,server=localhost': { used_memory: 2_097_152, instantaneous_ops_per_sec: 12 } },
      temp: { 'sensor=coretemp_core_0': { temp: 48.5 } },
      nvidia_smi: { 'index=0,name=GTX 1070': { temperature_gpu: 53, memory_used: 549, utilization_gpu: 90 } },
      systemd_units: { 'name=ssh.service': { active_code: 0 } },
      prometheus: { 'url=http://a': { http_requests_total: 2 } },
    });
    expect(snapshot?.units).toMatchObject({
      nginx: { requests: { unit: 'perSecond' } },
      postgresql: { blk_read_time: { unit: 'percent', scale: 0.1 } },
      redis: { used_memory: { unit: 'bytes' }, instantaneous_ops_per_sec: { unit: 'perSecond' } },
      temp: { temp: { unit: 'celsius' } },
      nvidia_smi: {
        temperature_gpu: { unit: 'celsius' },
        memory_used: { unit: 'bytes', scale: 1_048_576 },
        utilization_gpu: { unit: 'percent' },
      },
    });
    expect(snapshot?.units?.nginx).not.toHaveProperty('active');
  });

  it('is a gauge or a counter as the configuration says, live and in history', async () => {
    const { kindOf } = fieldKinds({ counters: ['myapp.jobs'], gauges: ['myapp.rx_bytes', 'net.*'] });
    const { snapshot } = await ingested(
      `myapp,host=web-1 jobs=10i,rx_bytes=5i @1
       myapp,host=web-1 jobs=60i,rx_bytes=9i @2
       net,host=web-1,interface=eth0 bytes_recv=0i @1
       net,host=web-1,interface=eth0 bytes_recv=1000i @2`,
      'web-1',
      kindOf,
    );
    expect(snapshot?.panels).toEqual({
      myapp: { jobs: 5, rx_bytes: 9 },
      net: { eth0: { bytes_recv: 100 } },
    });
    expect(snapshot?.units).toEqual({ myapp: { jobs: { unit: 'perSecond' }, rx_bytes: { unit: 'bytes' } } });
  });

  it('is told apart by all its tags where the plugin is not known, but not by those of the host', async () => {
    const { snapshot } = await ingested(`
      mem,dc=icn,host=web-1 used_percent=50 @2
      myapp,dc=icn,host=web-1,queue=a,zone=1 depth=3i @2
      myapp,dc=icn,host=web-1,queue=b,zone=1 depth=4i @2
      myapp,dc=icn,host=web-1 depth=7i @2`);
    expect(snapshot?.panels.myapp).toEqual({
      'queue=a,zone=1': { depth: 3 },
      'queue=b,zone=1': { depth: 4 },
      depth: 7,
    });
  });
});

describe('a plugin with more series or fields than can be shown', () => {
  it('gets the first by name, and the others are counted', async () => {
    const number = (n: number) => String(n).padStart(4, '0');
    const many = Array.from({ length: 1_200 }, (_, n) => `api,host=web-1,path=/${number(n)} v=1 @2`);
    const wide = Array.from({ length: 130 }, (_, n) => `f${number(n)}=1`).join(',');
    const { snapshot } = await ingested(`${many.join('\n')}\nwide,host=web-1 ${wide} @2`);
    expect(Object.keys(snapshot?.panels.api ?? {})).toHaveLength(100);
    expect(snapshot?.panels.api).toHaveProperty('path=/0000');
    expect(Object.keys(snapshot?.panels.wide ?? {})).toHaveLength(100);
    expect(snapshot?.leftOut).toEqual({
      api: { groups: 1_100, fields: 0 },
      wide: { groups: 0, fields: 30 },
    });
  });

  it('takes nothing from what the catalogue knows, of which the physical come first', async () => {
    const veths = Array.from({ length: 400 }, (_, n) => `net,host=web-1,interface=cali${n} speed=1i @2`);
    const wide = Array.from({ length: 100 }, (_, n) => `f${n}=1`).join(',');
    const others = Array.from({ length: 120 }, (_, n) => `a${n},host=web-1 ${wide} @2`);
    const { snapshot } = await ingested(
      `${others.join('\n')}\n${veths.join('\n')}\nnet,host=web-1,interface=eth0 speed=1000i @2`,
    );
    expect(Object.keys(snapshot?.panels.net ?? {})).toHaveLength(256);
    expect(snapshot?.panels.net).toHaveProperty('eth0');
    expect(snapshot?.leftOut?.net).toEqual({ groups: 145, fields: 0 });
    expect(Object.keys(snapshot?.panels ?? {})).toHaveLength(98);
    expect(JSON.stringify(snapshot).length).toBeLessThan(300_000);
  });
});
