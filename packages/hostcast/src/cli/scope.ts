import { type Command, InvalidArgumentError } from 'commander';
import type { Scope } from '../security/principal.ts';

/** What `addScopeFlags` makes of its flags. */
export interface ScopeFlags {
  readonly hosts?: readonly string[];
  readonly tags?: Readonly<Record<string, string>>;
}

/** Gives a command the flags that say which hosts somebody may see or write. */
export function addScopeFlags(command: Command): Command {
  return command
    .option(
      '--hosts <patterns>',
      "only hosts of these names, with * for any characters: 'web-*,db-1'",
      parseHosts,
    )
    .option('--tags <tags>', 'only hosts with all of these tags: dc=icn,rack=7', parseTags);
}

/** Undefined where nothing was said: every host. */
export function scopeOf({ hosts, tags }: ScopeFlags): Scope | undefined {
  if (hosts === undefined && tags === undefined) return undefined;
  return { ...(hosts && { hosts }), ...(tags && { tags }) };
}

/** A scope in a table: `web-* db-1 dc=icn`. */
export function scopeInWords(scope: Scope | undefined): string {
  if (scope === undefined) return 'all';
  const tags = Object.entries(scope.tags ?? {}).map(([key, value]) => `${key}=${value}`);
  return [...(scope.hosts ?? []), ...tags].join(' ');
}

function parseHosts(text: string): string[] {
  const patterns = text.split(',').map((pattern) => pattern.trim());
  if (patterns.some((pattern) => pattern === ''))
    throw new InvalidArgumentError('Between two commas is a name.');
  if (/[?[\]{}]/.test(text)) {
    throw new InvalidArgumentError('Only * stands for other characters, for any number of them.');
  }
  return patterns;
}

function parseTags(text: string): Record<string, string> {
  const tags: Record<string, string> = Object.create(null);
  for (const tag of text.split(',')) {
    const [, key, value] = /^\s*([^=\s]+)=(.*?)\s*$/.exec(tag) ?? [];
    if (key === undefined || value === undefined || value === '') {
      throw new InvalidArgumentError('They look like dc=icn,rack=7.');
    }
    if (tags[key] !== undefined) throw new InvalidArgumentError(`${key} is there twice.`);
    tags[key] = value;
  }
  return tags;
}
