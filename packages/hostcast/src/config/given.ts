/** What was said about one setting, and where. */
export interface Given {
  readonly text: string;
  readonly source: 'file' | 'environment' | 'flag';
  /** `hostcast.toml:3:1`, `HOSTCAST_PORT` or `--port`. */
  readonly where: string;
  /** In hostcast.toml. */
  readonly line: number | undefined;
  /** The folder that relative paths begin at. */
  readonly folder: string;
}

/** Something that is wrong with what was said. */
export interface Fault {
  /** With the place: `hostcast.toml:3:1: port: it is …`. */
  readonly text: string;
  /** In hostcast.toml. */
  readonly line: number | undefined;
  /** The help says more about it. */
  readonly isUsage: boolean;
}

/** What one source says, by key, and what is wrong with it. */
export interface SourceReading {
  readonly given: ReadonlyMap<string, Given>;
  readonly faults: readonly Fault[];
}
