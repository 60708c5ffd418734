/** Upper bounds of one line; what exceeds one costs that line only. */
export interface LineLimits {
  /** Octets of a line without its end. Default 1 MiB. */
  readonly lineBytes: number;
  /** Tags of a point. Default 64. */
  readonly tags: number;
  /** Fields of a point. Default 1,024. */
  readonly fields: number;
  /** Octets of a measurement, a tag's key or value, or a field's key, as written. Default 64 KiB. */
  readonly nameBytes: number;
  /** Octets of a string between its quotes, as written. Default 64 KiB. */
  readonly stringBytes: number;
  /** Errors described one by one; the rest are only counted. Default 100. */
  readonly errors: number;
}

export const defaultLineLimits: LineLimits = {
  lineBytes: 1024 * 1024,
  tags: 64,
  fields: 1024,
  nameBytes: 64 * 1024,
  stringBytes: 64 * 1024,
  errors: 100,
};
