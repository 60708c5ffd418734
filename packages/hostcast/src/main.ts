#!/usr/bin/env node
import { processContext } from './cli/context.ts';
import { runProgram } from './cli/program.ts';
import { HelpShown, UserError } from './config/userError.ts';

try {
  await runProgram(processContext());
} catch (error) {
  if (!(error instanceof HelpShown)) {
    process.stderr.write(`hostcast: ${explain(error)}\n`);
    process.exitCode = 1;
  }
}

/** What the operator can mend, in a sentence; a fault of ours, with its stack. */
function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
