import type { Command } from 'commander';
import { Accounts } from '../accounts/accounts.ts';
import { AccountsError } from '../accounts/accountsError.ts';
import { addFlags } from '../config/flags.ts';
import { configOf } from '../config/readConfig.ts';
import { UserError } from '../config/userError.ts';
import type { CliContext } from './context.ts';

/** Gives a command the flags by which the data folder is found; all others are its own. */
export function addFolderFlags(command: Command): Command {
  return addFlags(command, ['data', 'config']).allowUnknownOption(false).allowExcessArguments(false);
}

/** The data folder that a command is about, as the server finds it: by flag, environment or hostcast.toml. */
export function folderOf(command: Command, context: CliContext): string {
  return configOf(command, context).dataFolder;
}

/**
 * Opens the users and tokens of a data folder for one use.
 * @throws UserError what AccountsError says
 */
export async function withAccounts<T>(folder: string, use: (accounts: Accounts) => T): Promise<Awaited<T>> {
  try {
    return await use(Accounts.open(folder));
  } catch (error) {
    throw error instanceof AccountsError ? new UserError(error.message, { cause: error }) : error;
  }
}
