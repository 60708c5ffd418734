/** A body exceeds its limit. */
export class BodyTooLargeError extends Error {
  readonly code = 'ERR_INGEST_BODY_TOO_LARGE';

  constructor(what: string, limitBytes: number) {
    super(`the ${what} body is larger than ${limitBytes} octets: send smaller batches (metric_batch_size)`);
    this.name = 'BodyTooLargeError';
  }
}
