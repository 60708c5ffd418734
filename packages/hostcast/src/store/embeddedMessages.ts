import type { Batch, DatabaseEvent, Selection } from '@hostcast/tsdb';
import type { KindOverrides } from '../metrics/kinds.ts';
import type { PackedHistory, PackedLatest } from './embeddedAnswers.ts';
import type { HistoryQuery, HostInfo, RefusedPoints, StoreCondition, StoreErrorCode } from './metricStore.ts';
import type { SeriesLimits } from './seriesLimits.ts';

/** How long each tier is kept, ms, and how much there may be of all; what is left out has the defaults of tsdb. */
export interface Retention {
  readonly samplesMs?: number;
  readonly minutesMs?: number;
  readonly tenMinutesMs?: number;
  readonly maxBytes?: number;
}

/** What the worker of the embedded store is started with. */
export interface WorkerOptions {
  readonly folder: string;
  readonly durability: 'disk' | 'process';
  readonly retention: Retention;
  /** Kept of percentages; undefined: all. */
  readonly percentDecimals: number | undefined;
  /** The usual spacing of samples: what a counter's first step is judged by. */
  readonly intervalMs: number;
  readonly limits: SeriesLimits;
  readonly kinds: KindOverrides;
  /** How long a write waits for more that was announced. */
  readonly patienceMs: number;
}

/** Points to be made durable; with `isMoreComing` together with what comes next. */
export interface WriteRequest {
  readonly id: number;
  readonly kind: 'write';
  readonly batch: Batch;
  readonly isMoreComing: boolean;
}

/** What the worker is asked. Every request is answered under its id, once. */
export type WorkerRequest =
  | WriteRequest
  | { readonly id: number; readonly kind: 'latest'; readonly selections: readonly Selection[] }
  | { readonly id: number; readonly kind: 'history'; readonly query: HistoryQuery }
  | { readonly id: number; readonly kind: 'hosts' }
  | { readonly id: number; readonly kind: 'condition' }
  | { readonly id: number; readonly kind: 'close' };

/** What a question is answered with. */
export type WorkerAnswer =
  | { readonly kind: 'latest'; readonly id: number; readonly answers: PackedLatest }
  | { readonly kind: 'history'; readonly id: number; readonly history: PackedHistory }
  | { readonly kind: 'hosts'; readonly id: number; readonly hosts: readonly HostInfo[] }
  | { readonly kind: 'condition'; readonly id: number; readonly condition: StoreCondition }
  | { readonly kind: 'closed'; readonly id: number };

/** What an error is on its way between threads. */
export interface WorkerError {
  readonly code: StoreErrorCode | 'RANGE';
  readonly message: string;
  readonly refused?: RefusedPoints;
}

/** What the worker says. `opened` or `failed` comes first. */
export type WorkerReply =
  | { readonly kind: 'opened' }
  | { readonly kind: 'failed'; readonly message: string }
  | WorkerAnswer
  /** Writes that are durable now. */
  | { readonly kind: 'written'; readonly ids: readonly number[] }
  /** How long the disk took to make the waiting writes durable. */
  | { readonly kind: 'committed'; readonly tookMs: number }
  | { readonly kind: 'error'; readonly ids: readonly number[]; readonly error: WorkerError }
  | { readonly kind: 'event'; readonly event: DatabaseEvent };
