import { Command, Option } from 'commander';
import { firstAdminName, forgetFirstPassword } from '../accounts/firstAdmin.ts';
import { UserError } from '../config/userError.ts';
import { type Role, roles } from '../security/principal.ts';
import { addFolderFlags, folderOf, withAccounts } from './accountsOf.ts';
import type { CliContext } from './context.ts';
import { passwordVariable, readNewPassword } from './newPassword.ts';
import { addScopeFlags, type ScopeFlags, scopeInWords, scopeOf } from './scope.ts';
import { table, timeInWords } from './table.ts';

/** `hostcast user …`: who signs in by name and password. A hostcast that runs notices within half a second. */
export function userCommand(context: CliContext): Command {
  return new Command('user')
    .description('Who may sign in by name and password: add, list, passwd, role, remove.')
    .addCommand(addCommand(context))
    .addCommand(listCommand(context))
    .addCommand(passwdCommand(context))
    .addCommand(roleCommand(context))
    .addCommand(removeCommand(context));
}

interface PasswordFlags {
  readonly passwordFile?: string;
}

function addCommand(context: CliContext): Command {
  const command = new Command('add').description(
    'Add a user; asks for the password, or reads it from a pipe.',
  );
  return addFolderFlags(addPasswordFlag(addScopeFlags(addRoleFlag(command))))
    .argument('<name>', '1 to 64 characters of A-Z a-z 0-9 . _ @ + -')
    .action(async (name: string, flags: PasswordFlags & ScopeFlags & { role: Role }) => {
      const scope = scopeOf(flags);
      await withAccounts(folderOf(command, context), async (accounts) => {
        const password = await readNewPassword(flags.passwordFile, context);
        await accounts.addUser({ name, role: flags.role, scope, password });
      });
      context.note(`${name} is ${withArticle(flags.role)} now and sees ${hostsOf(scope)}.\n`);
    });
}

function listCommand(context: CliContext): Command {
  const command = new Command('list').description('Show all users.');
  return addFolderFlags(command).action(async () => {
    const folder = folderOf(command, context);
    const users = await withAccounts(folder, (accounts) => accounts.users);
    const rows = users.map(({ name, role, scope, createdMs }) => {
      return [name, role, scopeInWords(scope), timeInWords(createdMs)];
    });
    context.write(table(['name', 'role', 'hosts', 'created'], rows));
    if (rows.length === 0) context.note(`There are no users in ${folder} yet.\n`);
  });
}

function passwdCommand(context: CliContext): Command {
  const command = new Command('passwd').description('Give a user a new password; their logins end.');
  return addFolderFlags(addPasswordFlag(command))
    .argument('<name>')
    .action(async (name: string, flags: PasswordFlags) => {
      const folder = folderOf(command, context);
      await withAccounts(folder, async (accounts) => {
        if (accounts.user(name) === undefined)
          throw new UserError(`there is no user ${JSON.stringify(name)}`);
        await accounts.setPassword(name, await readNewPassword(flags.passwordFile, context));
      });
      if (name === firstAdminName) forgetFirstPassword(folder);
      context.note(`${name} has a new password, and has to sign in again.\n`);
    });
}

function roleCommand(context: CliContext): Command {
  const command = new Command('role').description(
    'Give a user another role. The hosts stay as they are, unless one of the flags says otherwise.',
  );
  return addFolderFlags(addScopeFlags(command))
    .addOption(new Option('--all-hosts', 'every host').conflicts(['hosts', 'tags']))
    .argument('<name>')
    .addArgument(command.createArgument('<role>').choices(roles))
    .action(async (name: string, role: Role, flags: ScopeFlags & { allHosts?: boolean }) => {
      const { scope } = await withAccounts(folderOf(command, context), (accounts) => {
        const next = flags.allHosts ? undefined : (scopeOf(flags) ?? accounts.user(name)?.scope);
        return accounts.setRole(name, role, next);
      });
      context.note(`${name} is ${withArticle(role)} now and sees ${hostsOf(scope)}.\n`);
    });
}

function removeCommand(context: CliContext): Command {
  const command = new Command('remove').description('Remove a user; their logins end.');
  return addFolderFlags(command)
    .argument('<name>')
    .option('--force', 'even the last admin')
    .action(async (name: string, { force = false }: { force?: boolean }) => {
      const folder = folderOf(command, context);
      await withAccounts(folder, (accounts) => accounts.removeUser(name, { force }));
      if (name === firstAdminName) forgetFirstPassword(folder);
      context.note(`${name} is removed.\n`);
    });
}

function addRoleFlag(command: Command): Command {
  return command.addOption(
    new Option('--role <role>', 'what they may do: look, also see who is connected, or all')
      .choices(roles)
      .default('viewer'),
  );
}

function addPasswordFlag(command: Command): Command {
  return command.option(
    '--password-file <file>',
    `file with the password; or put it into ${passwordVariable}`,
  );
}

function withArticle(role: Role): string {
  return role === 'viewer' ? 'a viewer' : `an ${role}`;
}

function hostsOf(scope: ReturnType<typeof scopeOf>): string {
  return scope === undefined ? 'all hosts' : `the hosts ${scopeInWords(scope)}`;
}
