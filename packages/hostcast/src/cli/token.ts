import { Command, InvalidArgumentError, Option } from 'commander';
import { type Right, roles } from '../security/principal.ts';
import { addFolderFlags, folderOf, withAccounts } from './accountsOf.ts';
import type { CliContext } from './context.ts';
import { addScopeFlags, type ScopeFlags, scopeInWords, scopeOf } from './scope.ts';
import { table, timeInWords } from './table.ts';

/** `hostcast token …`: by what programs come in. A hostcast that runs notices within half a second. */
export function tokenCommand(context: CliContext): Command {
  return new Command('token')
    .description('By what programs come in, Telegraf among them: create, list, revoke.')
    .addCommand(createCommand(context))
    .addCommand(listCommand(context))
    .addCommand(revokeCommand(context));
}

interface CreateFlags extends ScopeFlags {
  readonly name: string;
  readonly right: Right;
  readonly expires?: number;
}

function createCommand(context: CliContext): Command {
  const command = new Command('create').description(
    'Make a token. It is shown once, alone on the standard output.',
  );
  return addFolderFlags(addScopeFlags(command))
    .requiredOption('--name <name>', 'what it is for, such as telegraf-web-1')
    .addOption(
      new Option('--right <right>', 'write figures, or what a user of this role may do')
        .choices(['ingest', ...roles])
        .default('ingest'),
    )
    .option(
      '--expires <duration>',
      'for how long it is good, such as 90d; left out, until it is revoked',
      parseLife,
    )
    .action(async (flags: CreateFlags) => {
      const scope = scopeOf(flags);
      const expiresAtMs = flags.expires === undefined ? undefined : Date.now() + flags.expires;
      const { text, token } = await withAccounts(folderOf(command, context), (accounts) =>
        accounts.createToken({ name: flags.name, right: flags.right, scope, expiresAtMs }),
      );
      context.note(`Token ${token.id}, shown only now:\n\n`);
      context.write(`${text}\n`);
      context.note(`\n${howToUse(flags.right)}\n`);
    });
}

function listCommand(context: CliContext): Command {
  const command = new Command('list').description('Show all tokens, without what is secret.');
  return addFolderFlags(command).action(async () => {
    const folder = folderOf(command, context);
    const rows = await withAccounts(folder, (accounts) =>
      accounts.tokens.map((token) => {
        const { id, name, right, scope, createdMs, expiresAtMs } = token;
        const expires = expiresAtMs === undefined ? 'never' : timeInWords(expiresAtMs);
        const state = accounts.isExpired(token) ? 'expired' : 'valid';
        return [id, name, right, scopeInWords(scope), timeInWords(createdMs), expires, state];
      }),
    );
    context.write(table(['id', 'name', 'right', 'hosts', 'created', 'expires', 'state'], rows));
    if (rows.length === 0) context.note(`There are no tokens in ${folder} yet.\n`);
  });
}

function revokeCommand(context: CliContext): Command {
  const command = new Command('revoke').description('End a token at once.');
  return addFolderFlags(command)
    .argument('<id>', 'its id, as `hostcast token list` shows it')
    .action(async (id: string) => {
      const { name } = await withAccounts(folderOf(command, context), (accounts) => accounts.revokeToken(id));
      context.note(`Token ${id} (${name}) is revoked.\n`);
    });
}

const telegrafHint = `In telegraf.conf:

  [[outputs.influxdb_v2]]
    token = "<the token>"
`;

const readHint = `As a header of HTTP requests, or of STOMP CONNECT:

  Authorization: Bearer <the token>
`;

function howToUse(right: Right): string {
  return right === 'ingest' ? telegrafHint : readHint;
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** 10 years; who wants more wants a token that does not expire. */
const maxLifeMs = 3_650 * unitMs.d;

function parseLife(text: string): number {
  const match = /^([1-9]\d{0,8})([mhdw])$/.exec(text);
  const [, count, unit] = match ?? [];
  const lifeMs = Number(count) * new Map(Object.entries(unitMs)).get(unit ?? '')!;
  if (!(lifeMs <= maxLifeMs)) {
    throw new InvalidArgumentError('It is a number and m, h, d or w, up to 3650d, such as 90d.');
  }
  return lifeMs;
}
