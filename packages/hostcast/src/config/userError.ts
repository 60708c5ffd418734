/** The operator asked for something that can't be done; the message says what to do. Shown without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** `--help` or `--version` was asked for and has been printed. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown';
}
