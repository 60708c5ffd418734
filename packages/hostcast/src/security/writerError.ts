/** Something may not write: the message, which is for its operator, says why and what to do. */
export class WriterError extends Error {
  override readonly name = 'WriterError';
  /** 401 without a token that is known, 403 for one with another right. */
  readonly statusCode: 401 | 403;
  /** The public part of the token, where it is one of this hostcast's, or was. */
  readonly tokenId: string | undefined;

  constructor(statusCode: 401 | 403, reason: string, tokenId?: string) {
    super(`${reason}; ${remedy}`);
    this.statusCode = statusCode;
    this.tokenId = tokenId;
  }
}

const remedy =
  'make a token where hostcast runs, by `hostcast token create --name telegraf --right ingest`, and put it into ' +
  'telegraf.conf: token = "…" in outputs.influxdb_v2 and influxdb_v3, password = "…" with any username in ' +
  'outputs.influxdb, headers = {Authorization = "Bearer …"} in outputs.http';
