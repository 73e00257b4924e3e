import type { OutMessage, Queue } from '../rocketmq/cluster.js';
import type { RocketmqError } from '../rocketmq/errors.js';
import type { Position } from '../sdk/index.js';
import type { FailedRecord } from './dead-letter.js';

/** Something that was read, with where its partition stands behind it. */
export interface Placed {
  readonly position: Position;
}

/** What a task reads, what becomes of it, and where it goes: a plugin's records, or another cluster's messages. */
export interface Way<Item extends Placed = Placed> {
  /** Like `SourceTask.read`. */
  read(signal: AbortSignal): Promise<{
    readonly partition: string;
    readonly records: readonly Item[];
    readonly gap?: boolean | undefined;
  } | null>;
  /** Like `SourceTask.committed`. */
  readonly committed?: ((partition: string, position: Position) => Promise<void>) | undefined;
  /** Like `SourceTask.holds`. */
  readonly holds?: ((partition: string, position: Position) => Promise<boolean>) | undefined;
  /** Null: it is left out. What it throws is the item's own fault. */
  message(item: Item): OutMessage | null;
  /** The item that `message` threw for, as one that cannot go on. */
  unmade(partition: string, item: Item, error: unknown): FailedRecord;
  /** One whose message RocketMQ refuses, likewise. */
  refused(partition: string, item: Item, error: RocketmqError): FailedRecord;
  /** Cuts what was read where something else begins, with parcels of its own. */
  stretches?(items: readonly Item[]): readonly (readonly Item[])[];
  /** Where these go, which follow each other. */
  queue(partition: string, items: readonly Item[]): Promise<Queue>;
  /** The messages of these were stored, the first at `offset`, the others behind it; null: nobody can tell where. */
  stored?(partition: string, queue: Queue, items: readonly Item[], offset: number | null): void;
  /** Whether what comes from there is no record that a person would count. */
  isNoRecord?(partition: string): boolean;
  /** Bytes read but not yet stored, at the most. */
  readonly inFlightBytes: number;
  /** How large the batches for a queue may be. */
  batch(queue: Queue): { readonly maxMessages: number; readonly maxBytes: number };
}
