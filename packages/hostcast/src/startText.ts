import { hostname } from 'node:os';
import type { FirstAdmin } from './accounts/firstAdmin.ts';
import type { Config } from './config/config.ts';
import { isLoopback } from './config/config.ts';
import { telegrafSnippet } from './telegrafSnippet.ts';

/** What became known when hostcast started. */
export interface Started {
  readonly port: number;
  /** Of plain STOMP over TCP; undefined where it is off. */
  readonly stompPort: number | undefined;
  /** Undefined where there were users already, or there is no login. */
  readonly firstAdmin: FirstAdmin | undefined;
}

/** What is printed once hostcast runs: where to look, how to sign in, what Telegraf needs, who can reach it. */
export function startText(config: Config, { port, stompPort, firstAdmin }: Started): string {
  const page = `http://${urlHost(config.host)}:${port}`;
  const lines = [
    'hostcast runs.',
    '',
    `  Page      ${page}`,
    ...(config.auth === 'users' ? signInLines(config, firstAdmin) : []),
    `  Figures   ${figuresFrom(config)}`,
    `  Kept in   ${keptIn(config)}`,
    ...(stompPort === undefined
      ? []
      : [`  STOMP     ${urlHost(config.host)}:${stompPort} (plain, over TCP)`]),
    '',
    ...(config.influx === undefined ? telegrafLines(config, page) : []),
    whoReachesIt(config),
    '',
    'Ctrl-C stops it.',
  ];
  return `\n${lines.join('\n')}\n`;
}

/** A command about users or tokens that finds this hostcast's data from everywhere. */
function commandFor({ commandLine, dataFolder }: Config, words: string): string {
  return commandLine.other(words, { '--data': dataFolder });
}

function signInLines(config: Config, firstAdmin: FirstAdmin | undefined): string[] {
  if (firstAdmin === undefined) {
    return [`  Sign in   by name and password; a user more: ${commandFor(config, 'user add <name>')}`];
  }
  const { name } = firstAdmin;
  if ('file' in firstAdmin) {
    return [`  Sign in   as ${name}; the password is in ${firstAdmin.file}, which only you can read`];
  }
  return [
    `  Sign in   as ${name} with the password ${firstAdmin.password}`,
    `            It is shown only now. Another one: ${commandFor(config, `user passwd ${name}`)}`,
  ];
}

function telegrafLines(config: Config, page: string): string[] {
  const paste = 'give its Telegraf this telegraf.conf; into one that is there already, what it lacks';
  if (config.auth === 'none')
    return [`To see another host, ${paste}:`, '', indent(telegrafSnippet(page)), ''];
  return [
    'To see another host, make a token that its Telegraf may write with:',
    '',
    `  ${commandFor(config, 'token create --name telegraf-web-1 --right ingest')}`,
    '',
    `and, with it, ${paste}:`,
    '',
    indent(telegrafSnippet(page, '<the token>')),
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

function whoReachesIt(config: Config): string {
  const isOpen = !isLoopback(config.host);
  if (config.auth === 'users') return isOpen ? openText : `${closedText}\n\n${opening(config)}`;
  return isOpen
    ? 'Everybody who can reach this address can read all figures and write their own: there is no login.'
    : `${loopbackText}\n\n${opening(config)}`;
}

const openText = `Other machines reach hostcast at this address; it lets in users and tokens, and nobody else.
It speaks HTTP without encryption: on a network that you do not trust, put a proxy with TLS before it.`;

const closedText = `Only this machine can reach hostcast, by users and tokens. To let other hosts reach it:`;

const loopbackText = `Only this machine can reach hostcast, and everybody on it can, without login. To let other hosts in,
by users and tokens:`;

function opening({ commandLine, auth }: Config): string {
  const login = auth === 'none' ? { '--auth': 'users' } : {}; // it may be told `--auth none` now
  return `  ${commandLine.with({ '--host': '0.0.0.0', ...login })}`;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
