import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { isLoopback } from './config.ts';

/**
 * What is printed once hostcast runs: where to look, what to paste into Telegraf, who can reach it.
 * @param command how the user starts hostcast: `npm start --` or `hostcast`
 */
export function startText(config: Config, port: number, command: string): string {
  const isOpen = !isLoopback(config.host);
  const page = `http://${urlHost(config.host)}:${port}`;
  const target = isOpen ? `http://${hostname()}:${port}` : page;
  return `
hostcast runs.

  Page      ${page}
  Figures   ${figuresFrom(config)}
  Kept in   ${keptIn(config)}

To see another host, add this to its telegraf.conf and restart Telegraf:

${indent(telegrafSnippet(target))}

${isOpen ? openText : loopbackText(command)}
Ctrl-C stops it.
`;
}

/** A whole telegraf.conf for the panels of the page, sending to hostcast at `url`. */
export function telegrafSnippet(url: string): string {
  return `[agent]
  interval = "10s"
  flush_interval = "1s"       # Telegraf's default of 10s would show everything up to 10s late

[[inputs.cpu]]
[[inputs.mem]]
[[inputs.swap]]
[[inputs.system]]
[[inputs.disk]]
  ignore_fs = ["tmpfs", "devtmpfs", "devfs", "iso9660", "overlay", "aufs", "squashfs"]
[[inputs.diskio]]
[[inputs.net]]                # not in Telegraf's default configuration
[[inputs.processes]]
[[inputs.kernel]]

[[outputs.influxdb_v2]]
  urls = ["${url}"]
  token = ""
  organization = "hostcast"
  bucket = "telegraf"`;
}

function figuresFrom({ collect, intervalMs }: Config): string {
  const every = `every ${intervalMs / 1_000} s`;
  return collect
    ? `${hostname()} (this host, by the built-in collector) and what Telegraf sends, ${every}`
    : `what Telegraf sends, ${every}`;
}

function keptIn({ influx, dataFolder }: Config): string {
  return influx === undefined ? dataFolder : `InfluxDB at ${influx.url}, database ${influx.database}`;
}

const openText = `Everybody who can reach this address can read all figures and write their own: there is no login.
`;

function loopbackText(command: string): string {
  return `Only this machine can reach hostcast. To let other hosts in (there is no login: trusted networks only):

  ${command} --host 0.0.0.0 --auth none
`;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
