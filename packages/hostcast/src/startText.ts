import { hostname } from 'node:os';
import type { Config } from './config/config.ts';
import { isLoopback } from './config/config.ts';
import { telegrafSnippet } from './telegrafSnippet.ts';

/** The ports that hostcast listens on. */
export interface Ports {
  readonly port: number;
  /** Of plain STOMP over TCP; undefined where it is off. */
  readonly stompPort: number | undefined;
}

/** What is printed once hostcast runs: where to look, what to paste into Telegraf, who can reach it. */
export function startText(config: Config, { port, stompPort }: Ports): string {
  const isOpen = !isLoopback(config.host);
  const page = `http://${urlHost(config.host)}:${port}`;
  const lines = [
    'hostcast runs.',
    '',
    `  Page      ${page}`,
    `  Figures   ${figuresFrom(config)}`,
    `  Kept in   ${keptIn(config)}`,
    ...(stompPort === undefined
      ? []
      : [`  STOMP     ${urlHost(config.host)}:${stompPort} (plain, over TCP)`]),
    '',
    ...(config.influx === undefined ? telegrafLines(page) : []),
    isOpen ? openText : loopbackText(config),
    'Ctrl-C stops it.',
  ];
  return `\n${lines.join('\n')}\n`;
}

function telegrafLines(page: string): string[] {
  return [
    'To see another host, give its Telegraf this telegraf.conf; into one that is there already, what it lacks:',
    '',
    indent(telegrafSnippet(page)),
    '',
  ];
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

function loopbackText({ commandLine }: Config): string {
  return `Only this machine can reach hostcast. To let other hosts in (there is no login: trusted networks only):

  ${commandLine.with({ '--host': '0.0.0.0', '--auth': 'none' })}
`;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
