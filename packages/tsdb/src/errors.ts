/**
 * Stable names of what can go wrong:
 * `ERR_TSDB_LOCKED` another process has the folder open; `ERR_TSDB_FORMAT` the folder was written by a newer
 * version; `ERR_TSDB_FOLDER` the folder cannot be made, read or written; `ERR_TSDB_WRITE` the disk refused
 * data (full, I/O error); `ERR_TSDB_CLOSED` the database is closed; `ERR_TSDB_READ_ONLY` it was opened for reading.
 */
export type TsdbErrorCode =
  | 'ERR_TSDB_LOCKED'
  | 'ERR_TSDB_FORMAT'
  | 'ERR_TSDB_FOLDER'
  | 'ERR_TSDB_WRITE'
  | 'ERR_TSDB_CLOSED'
  | 'ERR_TSDB_READ_ONLY';

/** The database could not do what was asked; the message says what, where and what to do. */
export class TsdbError extends Error {
  readonly code: TsdbErrorCode;

  constructor(code: TsdbErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TsdbError';
    this.code = code;
  }
}
