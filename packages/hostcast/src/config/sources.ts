import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readEnvironment } from './environment.ts';
import { readSettingsFile } from './file.ts';
import type { Fault, Given, SourceReading } from './given.ts';

/** What all sources say together: of each setting what the highest one says. */
export interface Sources {
  readonly given: ReadonlyMap<string, Given>;
  readonly faults: readonly Fault[];
  /** The file that was read. */
  readonly file: string | undefined;
}

const defaultFile = 'hostcast.toml';

/** Joins file, environment and flags; the later ones win. */
export function gather(flags: SourceReading, environment: NodeJS.ProcessEnv, folder: string): Sources {
  const variables = readEnvironment(environment, folder);
  const file = fileToRead(flags.given.get('config') ?? variables.given.get('config'), folder);
  const inFile = file === undefined ? nothing : readSettingsFile(file, folder);
  return {
    given: new Map([...inFile.given, ...variables.given, ...flags.given]),
    faults: [...inFile.faults, ...variables.faults, ...flags.faults],
    file,
  };
}

const nothing: SourceReading = { given: new Map(), faults: [] };

function fileToRead(named: Given | undefined, folder: string): string | undefined {
  if (named !== undefined) return resolve(named.folder, named.text);
  const found = join(folder, defaultFile);
  return existsSync(found) ? found : undefined;
}
