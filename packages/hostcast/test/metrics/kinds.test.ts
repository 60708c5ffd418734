import { describe, expect, it } from 'vitest';
import { fieldKinds, kindOf, rollupKindOf } from '../../src/metrics/kinds.ts';

describe('kindOf', () => {
  it.each([
    ['net', 'bytes_recv', 'counter'],
    ['net', 'speed', 'gauge'],
    ['net', 'tcp_insegs', 'counter'],
    ['net', 'tcp_currestab', 'gauge'],
    ['cpu', 'usage_user', 'gauge'],
    ['cpu', 'time_user', 'counter'],
    ['mem', 'used_percent', 'gauge'],
    ['swap', 'in', 'counter'],
    ['docker_container_cpu', 'usage_total', 'counter'],
    ['docker_container_cpu', 'usage_percent', 'gauge'],
    ['docker_container_mem', 'usage', 'gauge'],
    ['docker_container_mem', 'pgfault', 'counter'],
    ['docker_container_net', 'rx_bytes', 'counter'],
    ['docker_container_blkio', 'io_service_bytes_recursive_read', 'counter'],
    ['docker_container_status', 'uptime_ns', 'gauge'],
    ['nginx', 'requests', 'counter'],
    ['nginx', 'active', 'gauge'],
    ['postgresql', 'xact_commit', 'counter'],
    ['postgresql', 'numbackends', 'gauge'],
    ['redis', 'total_commands_processed', 'counter'],
    ['redis', 'total_system_memory', 'gauge'],
    ['redis', 'instantaneous_ops_per_sec', 'gauge'],
    ['mysql', 'com_select', 'counter'],
    ['mysql', 'threads_connected', 'gauge'],
    ['mysql', 'threads_created', 'counter'],
    ['mysql', 'innodb_row_lock_time', 'counter'],
    ['mysql', 'innodb_row_lock_time_avg', 'gauge'],
    ['haproxy', 'bin', 'counter'],
    ['haproxy', 'scur', 'gauge'],
    ['haproxy', 'http_response.2xx', 'counter'],
    ['nvidia_smi', 'memory_total', 'gauge'],
    ['ping', 'packets_transmitted', 'gauge'],
    ['procstat', 'cpu_time_user', 'counter'],
    ['procstat', 'cpu_usage', 'gauge'],
    ['procstat', 'read_bytes', 'counter'],
    ['internal_write', 'metrics_written', 'counter'],
    ['internal_write', 'buffer_size', 'gauge'],
    ['pressure', 'total', 'counter'],
    ['pressure', 'avg10', 'gauge'],
    ['win_net', 'Bytes_Received_persec', 'gauge'],
  ] as const)('knows of %s that %s is a %s', (measurement, field, kind) => {
    expect(kindOf(measurement, field)).toBe(kind);
    expect(rollupKindOf(measurement, field)).toBe(kind);
  });

  it.each([
    ['requests_total', 'counter', 'both'],
    ['http_requests_total', 'counter', 'both'],
    ['counter', 'counter', 'both'],
    ['rx_bytes', 'counter', 'both'],
    ['bytes_sent', 'counter', 'both'],
    ['eth0.rx_packets', 'counter', 'both'],
    ['cache_hits', 'counter', 'both'],
    ['ifHCInOctets', 'counter', 'both'],
    ['memory_total', 'gauge', 'both'],
    ['heap_size_total', 'gauge', 'both'],
    ['total', 'gauge', 'both'],
    ['value', 'gauge', 'both'],
    ['queue', 'gauge', 'both'],
    ['used_percent', 'gauge', 'gauge'],
    ['temperature', 'gauge', 'gauge'],
    ['requests_per_sec', 'gauge', 'gauge'],
    ['hits_ratio', 'gauge', 'gauge'],
  ] as const)('guesses of a plugin that nobody knows that %s is a %s', (field, kind, rolledUp) => {
    expect(kindOf('my_plugin', field)).toBe(kind);
    expect(rollupKindOf('my_plugin', field)).toBe(rolledUp);
  });

  it('takes names from the wire as names only', () => {
    expect(kindOf('__proto__', 'constructor')).toBe('gauge');
    expect(kindOf('constructor', '__proto__')).toBe('gauge');
  });
});

describe('fieldKinds', () => {
  it('puts the configuration above what it knows of plugins and what it guesses', () => {
    const kinds = fieldKinds({ counters: ['nginx.active', 'myapp.*'], gauges: ['nginx.requests'] });
    expect(kinds.kindOf('nginx', 'active')).toBe('counter');
    expect(kinds.kindOf('nginx', 'requests')).toBe('gauge');
    expect(kinds.kindOf('myapp', 'jobs')).toBe('counter');
    expect(kinds.rollupKindOf('myapp', 'jobs')).toBe('counter');
    expect(kinds.kindOf('nginx', 'accepts')).toBe('counter');
  });

  it('lets the pattern win that fixes the most characters, and of equals the gauge', () => {
    const kinds = fieldKinds({
      counters: ['myapp.*', 'myapp.jobs_failed', 'a*.x'],
      gauges: ['myapp.jobs*', '*a.x'],
    });
    expect(kinds.kindOf('myapp', 'sent')).toBe('counter');
    expect(kinds.kindOf('myapp', 'jobs_waiting')).toBe('gauge');
    expect(kinds.kindOf('myapp', 'jobs_failed')).toBe('counter');
    expect(kinds.kindOf('aba', 'x')).toBe('gauge');
  });

  it('matches measurement and field as one name, in which either may hold dots', () => {
    const kinds = fieldKinds({ counters: ['com.example.app.requests'], gauges: [] });
    expect(kinds.kindOf('com.example.app', 'requests')).toBe('counter');
    expect(kinds.kindOf('com.example', 'app.requests')).toBe('counter');
    expect(kinds.kindOf('com.example.app', 'Requests')).toBe('gauge');
  });

  it("does not touch the catalogue's own measurements", () => {
    const kinds = fieldKinds({ counters: ['mem.*'], gauges: ['*'] });
    expect(kinds.kindOf('mem', 'used')).toBe('gauge');
    expect(kinds.kindOf('net', 'bytes_recv')).toBe('counter');
    expect(kinds.kindOf('nginx', 'requests')).toBe('gauge');
  });

  it('gives the same answers to more names than it keeps', () => {
    const kinds = fieldKinds();
    for (let i = 0; i < 60_000; i += 1) kinds.rollupKindOf(`m${i % 300}`, `field${i}`);
    expect(kinds.rollupKindOf('m1', 'rx_bytes')).toBe('both');
    expect(kinds.kindOf('m1', 'rx_bytes')).toBe('counter');
    expect(kinds.kindOf('nginx', 'requests')).toBe('counter');
  });
});
