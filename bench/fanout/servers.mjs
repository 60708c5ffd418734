// The servers of the fan-out benchmark, each in a process of its own on the first core.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cpuSeconds, memoryMib } from '../support/processes.mjs';
import { end, endWithUs } from '../support/resources.mjs';
import { cMissing, compiled, onFirstCore, pins } from './programs.mjs';

const rabbit = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const plugins = ['rabbitmq_stomp', 'rabbitmq_web_stomp'];

/** The servers that can run here, and why others can't. */
export function availableServers(folder, peersMissing) {
  const node = (file, ...flags) => ({
    start: (port = 0) => startNode(join(import.meta.dirname, 'servers', file), [...flags, `--port=${port}`]),
  });
  const servers = {
    hostcast: node('hostcast.mjs'),
    'hostcast, interceptor': node('hostcast.mjs', '--interceptor'),
    'hostcast, deflate': node('hostcast.mjs', '--deflate'),
    'bare Node': node('bare.mjs'),
    ws: node('ws.mjs'),
    'ws, deflate': node('ws.mjs', '--deflate'),
  };
  const missing = {};
  const peers = {
    'stomp-broker-js': { ...node('stomp-broker-js.mjs'), hasReceipts: false }, // of SUBSCRIBE
    uWebSockets: node('uws.mjs'),
  };
  if (peersMissing === undefined) Object.assign(servers, peers);
  else for (const name of Object.keys(peers)) missing[name] = peersMissing;
  if (cMissing === undefined) servers.limit = { start: () => startLimit(folder) };
  else missing.limit = cMissing;
  if (existsSync(rabbit)) servers.RabbitMQ = { start: () => startRabbit(folder) };
  else missing.RabbitMQ = 'not installed (apt-get install rabbitmq-server)';
  return { servers, missing };
}

async function startNode(file, flags) {
  const [command, ...args] = onFirstCore([process.execPath, file, ...flags]);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  endWithUs(child);
  const [{ port, path }] = await once(child, 'message');
  return {
    ...running(child, { port, path }),
    /** How many sessions have something waiting; hostcast alone answers. */
    async behind() {
      child.send('behind');
      const [{ behind }] = await once(child, 'message');
      return behind;
    },
  };
}

async function startLimit(folder) {
  const [command, ...args] = onFirstCore([compiled(folder, 'servers/limit.c')]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  endWithUs(child);
  const [port] = await once(child.stdout, 'data');
  return running(child, { port: Number(String(port)), path: '/ws' });
}

/** A RabbitMQ of its own: nothing of one that is installed and runs is touched. */
async function startRabbit(folder) {
  const home = join(folder, `rabbit-${process.hrtime.bigint()}`);
  mkdirSync(home);
  const [port, stompPort, amqpPort, distPort, epmdPort] = await freePorts(5);
  writeFileSync(join(home, 'plugins'), `[${plugins}].\n`);
  writeFileSync(
    join(home, 'rabbitmq.conf'),
    [
      `listeners.tcp.1 = 127.0.0.1:${amqpPort}`,
      `stomp.listeners.tcp.1 = 127.0.0.1:${stompPort}`,
      'web_stomp.tcp.ip = 127.0.0.1',
      `web_stomp.tcp.port = ${port}`,
      'web_stomp.tcp.backlog = 4096',
      'log.console.level = error',
    ].join('\n'),
  );
  const [command, ...args] = onFirstCore([rabbit]);
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      HOME: home,
      RABBITMQ_NODENAME: `bench${process.pid}@localhost`,
      RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'plugins'),
      RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
      RABBITMQ_LOG_BASE: home,
      RABBITMQ_LOGS: '-',
      RABBITMQ_DIST_PORT: String(distPort),
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: pins ? '+S 1:1' : '',
    },
    detached: true,
  });
  endWithUs(child);
  await untilListening(port, child);
  const emulator = Number(
    execFileSync('pgrep', ['-g', String(child.pid), '-x', 'beam.smp'], { encoding: 'utf8' }),
  );
  return {
    ...running(child, { port, path: '/ws' }, emulator),
    async stop() {
      process.kill(-child.pid, 'SIGTERM');
      await once(child, 'exit');
      // The port mapper is a daemon of its own; ours listens at a port that nobody else asks.
      spawnSync('epmd', ['-port', String(epmdPort), '-kill'], { stdio: 'ignore' });
    },
  };
}

function running(child, address, pid = child.pid) {
  return {
    ...address,
    cpuSeconds: () => cpuSeconds(pid),
    residentMib: () => memoryMib(pid).resident,
    stop: () => end(child),
    kill: () => end(child, 'SIGKILL'),
  };
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function untilListening(port, child) {
  const deadlineMs = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`RabbitMQ ended with ${child.exitCode}`);
    if (Date.now() > deadlineMs) throw new Error('RabbitMQ did not listen within 120 s');
    const isUp = await fetch(`http://127.0.0.1:${port}/ws`).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
