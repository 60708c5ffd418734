/** What can be wrong with users and tokens; the message says what to do. */
export type AccountsErrorCode =
  /** The file is not what hostcast wrote: nobody is let in by it, and it is left as it is. */
  | 'ERR_ACCOUNTS_DAMAGED'
  /** Others than its owner could read or change the file. */
  | 'ERR_ACCOUNTS_EXPOSED'
  /** A newer hostcast wrote the file. */
  | 'ERR_ACCOUNTS_FORMAT'
  /** Another process has been changing the file for too long. */
  | 'ERR_ACCOUNTS_LOCKED'
  /** The file was there and has gone. */
  | 'ERR_ACCOUNTS_MISSING'
  /** The file or its folder can't be read or written. */
  | 'ERR_ACCOUNTS_FOLDER'
  /** A name, password, scope or time that can't be taken. */
  | 'ERR_ACCOUNTS_VALUE'
  /** A user of this name is there already. */
  | 'ERR_ACCOUNTS_EXISTS'
  /** There is no such user or token. */
  | 'ERR_ACCOUNTS_UNKNOWN'
  /** Nobody would be left who may manage hostcast. */
  | 'ERR_ACCOUNTS_LAST_ADMIN'
  /** More passwords are being checked than the limit allows: to be tried again later. */
  | 'ERR_ACCOUNTS_BUSY';

/** Thrown by everything that reads or changes users and tokens. Holds no password and no token. */
export class AccountsError extends Error {
  override readonly name = 'AccountsError';
  readonly code: AccountsErrorCode;

  constructor(code: AccountsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
