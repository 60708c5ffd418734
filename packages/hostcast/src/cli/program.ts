import type { Command } from 'commander';
import { withCommander } from '../config/flags.ts';
import { agentCommand } from './agent.ts';
import { backupCommand } from './backup.ts';
import { checkConfigCommand } from './checkConfig.ts';
import type { CliContext } from './context.ts';
import { exportCommand } from './export.ts';
import { restoreCommand } from './restore.ts';
import { serveCommand } from './serve.ts';
import { tokenCommand } from './token.ts';
import { userCommand } from './user.ts';

/**
 * Runs what the command line asks for: `hostcast` itself serves, and each subcommand has its file here.
 * @throws UserError, HelpShown
 */
export async function runProgram(context: CliContext): Promise<void> {
  const program: Command = serveCommand(context)
    .addCommand(checkConfigCommand(context))
    .addCommand(userCommand(context))
    .addCommand(tokenCommand(context))
    .addCommand(agentCommand(context))
    .addCommand(backupCommand(context))
    .addCommand(restoreCommand(context))
    .addCommand(exportCommand(context));
  await withCommander(program, () => program.parseAsync([...context.args], { from: 'user' }));
}
