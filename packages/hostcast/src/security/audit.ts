import type { Logger } from 'pino';

/** What is audited: who came in or did not, and what was changed about who may. */
const auditEvents = [
  'login',
  'login refused',
  'logout',
  'session refused',
  'handshake refused',
  'writer refused',
  'request refused',
  'destination refused',
  'token first used',
  'kick',
  'user added',
  'user changed',
  'password changed',
  'user removed',
  'token asked for',
  'token created',
  'token revoked',
] as const;

export type AuditEvent = (typeof auditEvents)[number];

/** Who, from where, and what; never a secret. Undefined members are left out. */
export interface AuditFields {
  /** Name of the user, or of the token's record. */
  readonly user?: string | null | undefined;
  /** IP address of who did it. */
  readonly address?: string | undefined;
  readonly [what: string]: string | number | boolean | null | undefined;
}

/** One line of the audit, as it is kept and as `GET /api/sessions` shows it. */
export interface AuditEntry extends AuditFields {
  /** Epoch ms. */
  readonly time: number;
  readonly event: AuditEvent;
}

export interface AuditOptions {
  readonly log: Logger;
  /** Lines that are kept in memory. Default 1,000 … */
  readonly entries?: number;
  /** … and the characters that they take together as JSON. Default 1 MiB. */
  readonly characters?: number;
  readonly now?: () => number;
}

/** A value longer than this is cut: it was sent by somebody who may be nobody. */
const longestValue = 300;

/**
 * The audit: one info line in the log per event, with `audit: true`, and the last of them in memory. Old ones
 * make room for new ones, so that whoever knocks a million times fills the log's disk and not this process.
 */
export class Audit {
  readonly #options: AuditOptions;
  readonly #kept: { readonly entry: AuditEntry; readonly characters: number }[] = [];
  readonly #counts = new Map<AuditEvent, number>();
  #characters = 0;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  /** Writes one line. */
  record(event: AuditEvent, fields: AuditFields = {}): void {
    const { log, now = Date.now } = this.#options;
    const kept = cut(fields);
    log.info({ audit: true, event, ...kept }, event);
    this.count(event);
    this.#keep({ ...kept, time: now(), event });
  }

  /** Counts one that gets no line, because there were enough of them. */
  count(event: AuditEvent): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + 1);
  }

  /** The last lines, the newest first. */
  get entries(): readonly AuditEntry[] {
    return this.#kept.map(({ entry }) => entry).reverse();
  }

  /** How often each event was since the start, those without a line included. */
  get counts(): ReadonlyMap<AuditEvent, number> {
    return this.#counts;
  }

  #keep(entry: AuditEntry): void {
    const { entries = 1_000, characters: most = 1024 * 1024 } = this.#options;
    const characters = JSON.stringify(entry).length;
    this.#kept.push({ entry, characters });
    this.#characters += characters;
    while (this.#kept.length > entries || this.#characters > most) {
      this.#characters -= this.#kept.shift()?.characters ?? 0;
    }
  }
}

function cut(fields: AuditFields): AuditFields {
  const kept = Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [
      [
        name,
        typeof value === 'string' && value.length > longestValue ? `${value.slice(0, longestValue)}…` : value,
      ],
    ];
  });
  return Object.fromEntries(kept);
}
