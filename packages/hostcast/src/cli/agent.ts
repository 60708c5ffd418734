import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Tag } from '@hostcast/tsdb';
import { Command, InvalidArgumentError } from 'commander';
import type { Logger } from 'pino';
import { Agent } from '../agent/agent.ts';
import { createSender } from '../agent/httpSender.ts';
import { startCollector } from '../collect/collector.ts';
import { isLoopback } from '../config/config.ts';
import { addFlags } from '../config/flags.ts';
import { configOf } from '../config/readConfig.ts';
import { readSecretFile } from '../config/secrets.ts';
import { UserError } from '../config/userError.ts';
import type { CliContext } from './context.ts';
import { createLog } from './log.ts';
import { stopOnSignals } from './signals.ts';

interface AgentFlags {
  readonly url: URL;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly hostName: string;
  /** Undefined where there are none: a default would be printed in the help. */
  readonly tag?: readonly Tag[];
}

/** `hostcast agent`: only the collector, for another hostcast. */
export function agentCommand(context: CliContext): Command {
  const command = new Command('agent').description(
    'Measure this host and send the figures to another hostcast.',
  );
  addFlags(command, ['interval', 'log-level', 'config'])
    .allowUnknownOption(false)
    .allowExcessArguments(false);
  return command
    .requiredOption('--url <url>', 'of that hostcast, such as https://hostcast.example.org', parseUrl)
    .option('--token-file <file>', `a file with the token to write by; or put it into ${tokenVariable}`)
    .option('--ca-file <file>', "certificates (PEM) to trust besides the system's")
    .option('--host-name <name>', 'what this host is to be called', hostname() || 'localhost')
    .option('--tag <tag>', 'such as dc=icn, on all figures; may be given several times', addTag)
    .addHelpText('after', helpEnd)
    .action(async (flags: AgentFlags) => {
      const { intervalMs, logLevel: level } = configOf(command, context);
      const log = createLog({ level, isTerminal: process.stdout.isTTY });
      const token = tokenOf(flags.tokenFile, context.environment, log);
      await run({ ...flags, token, intervalMs, log }, context);
    });
}

const tokenVariable = 'HOSTCAST_TOKEN';

const helpEnd = `
The token is made where the other hostcast runs: hostcast token create --name web-1 --right ingest --hosts web-1

What can't be sent is kept, up to 100,000 lines and 32 MiB, and sent when hostcast takes it again.`;

interface Run extends AgentFlags {
  readonly token: string | undefined;
  readonly intervalMs: number;
  readonly log: Logger;
}

async function run(
  { url, token, caFile, hostName, tag = [], intervalMs, log }: Run,
  { write }: CliContext,
): Promise<void> {
  if (token !== undefined && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    log.warn('the token travels without encryption: use https:// on networks that you do not trust');
  }
  const agent = new Agent({ sender: createSender({ url, token, ca: certificates(caFile) }), log });
  const collector = startCollector({
    ingest: {
      async write(body) {
        // The collector's texts hold no ends of lines.
        const text = body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
        const lines = text.split(/(?<=\n)/).filter((line) => line !== '');
        log.debug({ lines: lines.length }, 'measured');
        agent.push(lines);
        return { written: 0, errors: [], errorCount: 0 };
      },
      lastRemoteMs: () => undefined,
    },
    log,
    intervalMs,
    host: hostName,
    tags: tag,
  });
  stopOnSignals(async () => {
    await collector.close();
    await agent.close();
  });
  write(`\n${hostName} is measured every ${intervalMs / 1_000} s, for ${url.origin}.\n\nCtrl-C stops it.\n`);
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new InvalidArgumentError('It looks like https://hostcast.example.org.');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new InvalidArgumentError('It begins with https:// or http://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError(
      `It holds no name and password: the token comes from ${tokenVariable} or a file.`,
    );
  }
  if (url.search !== '' || url.hash !== '') throw new InvalidArgumentError('It ends before ? and #.');
  return url;
}

function addTag(text: string, before: readonly Tag[] = []): readonly Tag[] {
  const [, key, value] = /^([^=\s]+)=(.*\S)$/.exec(text.trim()) ?? [];
  if (key === undefined || value === undefined) throw new InvalidArgumentError('It looks like dc=icn.');
  if (key === 'host') throw new InvalidArgumentError('The tag host is what --host-name says.');
  if (before.some(([other]) => other === key)) throw new InvalidArgumentError(`${key} is there twice.`);
  return [...before, [key, value]];
}

function tokenOf(file: string | undefined, environment: NodeJS.ProcessEnv, log: Logger): string | undefined {
  if (file === undefined) return environment[tokenVariable] || undefined;
  try {
    const { secret, isOpen } = readSecretFile(file);
    if (isOpen) log.warn({ file }, 'everybody on this machine can read the token: chmod 600');
    return secret;
  } catch (error) {
    throw fileError('--token-file', file, error);
  }
}

function certificates(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readFileSync(file, 'utf8');
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  } catch (error) {
    throw fileError('--ca-file', file, error);
  }
  throw new UserError(`--ca-file ${file}: there is no certificate in it (PEM)`);
}

function fileError(flag: string, file: string, error: unknown): UserError {
  return new UserError(`${flag} ${file}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
