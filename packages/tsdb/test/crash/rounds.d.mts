/** How a round ends: when so many ticks are acknowledged, or at one operation of the disk. */
export type CrashStep =
  | { readonly afterTicks: number }
  | {
      readonly killAt: {
        readonly operation: string;
        readonly count: number;
        readonly when: 'before' | 'after';
      };
    };

export interface CrashTotal {
  readonly kills: number;
  readonly acknowledgedPoints: number;
  readonly readPoints: number;
  /** Batches that were written and not acknowledged. */
  readonly unacknowledgedTicks: number;
  readonly tornLogs: number;
  /** How often the writer died where. */
  readonly died: ReadonlyMap<string, number>;
}

export function crashRounds(options: {
  readonly folder: string;
  readonly durability: 'disk' | 'process';
  readonly plan: readonly CrashStep[];
  readonly onRound?: (total: CrashTotal & { readonly diedAt: string }) => void;
}): Promise<CrashTotal>;
