/**
 * Which fields of well-known Telegraf plugins only ever grow, after the plugins' own documents and sources
 * (telegraf 1.40). A field named in neither list is guessed by its name.
 */
export interface PluginKinds {
  /** The measurement, or a pattern with `*`. */
  readonly measurement: string;
  /** Names of fields, or patterns, with spaces between. */
  readonly counters: string;
  /** The same; `*`: all others. */
  readonly gauges: string;
}

/** Measurements of which every field is as measured now. */
const onlyGauges = [
  ...['amd_rocm_smi', 'apcupsd', 'bond', 'bond_slave', 'chrony', 'conntrack', 'dns_query', 'docker'],
  ...['docker_container_health', 'docker_container_status', 'docker_data', 'docker_devicemapper'],
  ...['docker_disk_usage', 'docker_metadata', 'docker_swarm', 'fail2ban', 'filecount', 'filestat'],
  ...['hddtemp', 'http_response', 'ipmi_sensor', 'linux_sysctl_fs', 'mysql_process_list'],
  ...['mysql_variables', 'net_response', 'netstat', 'ntpq', 'nvidia_smi', 'ping', 'procstat_lookup'],
  ...['redis_keyspace', 'redis_replication', 'sensors', 'smart_attribute', 'smart_device'],
  ...['systemd_units', 'temp', 'turbostat', 'upsd', 'win_*', 'wireless', 'x509_cert'],
];

export const plugins: readonly PluginKinds[] = [
  ...onlyGauges.map((measurement) => ({ measurement, counters: '', gauges: '*' })),
  {
    measurement: 'apache',
    counters: 'TotalAccesses TotalkBytes TotalDuration CPUUser CPUSystem CPUChildren*',
    gauges: '*',
  },
  { measurement: 'bind_counter', counters: '*', gauges: '' },
  { measurement: 'cpu', counters: 'time_*', gauges: '*' },
  {
    measurement: 'docker_container_cpu',
    counters: 'usage_total usage_in_usermode usage_in_kernelmode usage_system throttling_*',
    gauges: '*',
  },
  {
    measurement: 'docker_container_mem',
    counters: 'pgfault pgmajfault pgpgin pgpgout total_pg* failcnt fail_count',
    gauges: '*',
  },
  { measurement: 'docker_container_net', counters: 'rx_* tx_*', gauges: '*' },
  { measurement: 'docker_container_blkio', counters: 'io_*', gauges: '*' },
  { measurement: 'ethtool', counters: 'rx_* tx_*', gauges: 'interface_up link speed autoneg duplex' },
  {
    measurement: 'haproxy',
    counters:
      'bin bout stot dreq dresp dcon dses ereq econ eresp eint wretr wredis wrew chkfail chkdown downtime hanafail ' +
      'lbtot req_tot conn_tot comp_in comp_out comp_byp comp_rsp cli_abort srv_abort cli_abrt srv_abrt ' +
      'intercepted cache_lookups cache_hits connect reuse http_response.* hrsp_*',
    gauges: '*',
  },
  { measurement: 'internal_agent', counters: 'gather_errors gather_timeouts metrics_*', gauges: '*' },
  { measurement: 'internal_gather', counters: 'errors gather_timeouts metrics_*', gauges: '*' },
  { measurement: 'internal_write', counters: 'errors metrics_*', gauges: '*' },
  {
    measurement: 'internal_memstats',
    counters: 'frees mallocs num_gc pointer_lookups total_alloc_bytes',
    gauges: '*',
  },
  { measurement: 'interrupts', counters: '*', gauges: '' },
  { measurement: 'soft_interrupts', counters: '*', gauges: '' },
  { measurement: 'iptables', counters: 'pkts bytes', gauges: '*' },
  {
    measurement: 'kernel_vmstat',
    counters: 'pg* psw* allocstall* compact_* drop_* kswapd_* numa_* oom_kill thp_* unevictable_*',
    gauges: 'nr_*',
  },
  { measurement: 'linux_cpu', counters: '*_throttle_count', gauges: '*' },
  {
    measurement: 'memcached',
    counters:
      'auth_* bytes_read bytes_written cas_* cmd_* conn_yields decr_* delete_* evicted_* evictions expired_* ' +
      'get_* incr_* listen_disabled_num reclaimed rusage_* total_connections total_items touch_*',
    gauges: '*',
  },
  {
    measurement: 'mongodb',
    counters:
      'assert_* commands deletes document_* flushes getmores inserts queries updates *_bytes_count ' +
      'connections_total_created cursor_timed_out_count *_command_total *_command_failed operation_*',
    gauges: '*_per_sec percent_* *_percent *_megabytes open_connections connections_current ttl_*_per_sec',
  },
  {
    measurement: 'mysql',
    counters:
      'aborted_* access_denied_errors binlog_cache_* binlog_stmt_cache_* bytes_* com_* commands_* connections ' +
      'connection_errors_* created_tmp_* events_* file_events_* handler_* index_io_waits_* innodb_data_* ' +
      'innodb_dblwr_* innodb_log_w* innodb_os_log_* innodb_pages_* innodb_rows_* innodb_row_lock_waits ' +
      'innodb_row_lock_time innodb_buffer_pool_read* innodb_buffer_pool_write_requests ' +
      'innodb_buffer_pool_wait_free key_read* key_write* opened_* qcache_hits qcache_inserts ' +
      'qcache_not_cached qcache_lowmem_prunes queries questions select_* slow_* sort_* table_io_waits_* ' +
      'table_locks_* table_open_cache_* threads_created',
    gauges:
      'threads_* open_* uptime* max_used_connections innodb_buffer_pool_pages_* innodb_buffer_pool_bytes_* ' +
      'innodb_data_pending_* innodb_os_log_pending_* innodb_row_lock_current_waits innodb_row_lock_time_* ' +
      'innodb_page_size key_blocks_* qcache_free_* slave_* slow_launch_time binary_* info_schema_*',
  },
  {
    measurement: 'net', // what Telegraf up to 1.36 sends as interface=all
    counters: 'icmp_* icmpmsg_* ip_* tcp_* udp_* udplite_*',
    gauges: 'ip_defaultttl ip_forwarding tcp_currestab tcp_maxconn tcp_rto* *',
  },
  { measurement: 'nginx', counters: 'accepts handled requests', gauges: '*' },
  { measurement: 'nstat', counters: '*', gauges: '*CurrEstab IpForwarding IpDefaultTTL TcpRto* TcpMaxConn' },
  { measurement: 'pgbouncer', counters: 'total_*', gauges: '*' },
  { measurement: 'phpfpm', counters: 'accepted_conn max_children_reached slow_requests', gauges: '*' },
  {
    measurement: 'postgresql',
    counters:
      'xact_* blks_* tup_* conflicts temp_* deadlocks blk_*_time buffers_* checkpoints_* checkpoint_*_time ' +
      'checksum_failures maxwritten_clean sessions sessions_* session_time active_time ' +
      'idle_in_transaction_time num_timed num_requested restartpoints_* write_time sync_time',
    gauges: '*',
  },
  { measurement: 'pressure', counters: 'total', gauges: '*' },
  {
    measurement: 'procstat',
    counters:
      'cpu_time* *_cpu_time* read_* write_* disk_read_* disk_write_* *voluntary_context_switches *_faults',
    gauges: '*',
  },
  { measurement: 'prometheus', counters: '*_total *_sum *_count *_bucket', gauges: '' },
  {
    measurement: 'rabbitmq_*',
    counters:
      'messages_acked messages_delivered messages_delivered_get messages_published messages_publish ' +
      'messages_ack messages_deliver messages_deliver_get messages_redeliver return_unroutable',
    gauges: '*_rate',
  },
  {
    measurement: 'redis',
    counters:
      'active_defrag_hits active_defrag_key_hits active_defrag_key_misses active_defrag_misses evicted_keys ' +
      'expire_cycle_cpu_milliseconds expired_keys expired_time_cap_reached_count io_threaded_* ' +
      'keyspace_hits keyspace_misses master_repl_offset rejected_connections sync_* ' +
      'total_commands_processed total_connections_received total_error_replies total_forks total_net_* ' +
      'total_reads_processed total_writes_processed unexpected_error_replies used_cpu_*',
    gauges: '*',
  },
  { measurement: 'redis_cmdstat', counters: 'calls usec rejected_calls failed_calls', gauges: '*' },
  { measurement: 'redis_errorstat', counters: 'total', gauges: '*' },
  { measurement: 'wireguard_*', counters: 'rx_bytes tx_bytes', gauges: '*' },
  { measurement: 'zookeeper', counters: 'packets_*', gauges: '*' },
];
