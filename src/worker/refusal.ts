import type { StoredMessage } from '../rocketmq/cluster.js';
import { ConnectorError, type RecordsRefused, type SinkRecord } from '../sdk/index.js';
import type { FailedRecord, FailureStage } from './dead-letter.js';

/** A record on its way into a sink. */
export interface Entry {
  readonly message: StoredMessage;
  readonly record: SinkRecord;
  /** Written, or let go of. */
  isDone: boolean;
}

/** One that the sink refused. */
export interface Refusal {
  readonly entry: Entry;
  readonly error: unknown;
}

export const recordsOf = (entries: readonly Entry[]): readonly SinkRecord[] =>
  entries.map(({ record }) => record);

export function refusalsOf(entries: readonly Entry[], { refused }: RecordsRefused): readonly Refusal[] {
  return refused.flatMap(({ index, error }) => {
    const entry = entries[index];
    return entry === undefined ? [] : [{ entry, error }];
  });
}

/** Whether the sink may take the record later. */
export function isForNow(error: unknown): boolean {
  return error instanceof ConnectorError && error.retryable;
}

/** Whether a batch failed for the sake of some of its records. */
export function isOfOneRecord(error: unknown): boolean {
  return error instanceof ConnectorError && error.code === 'bad_data';
}

export function failedMessage(message: StoredMessage, stage: FailureStage, error: unknown): FailedRecord {
  const { topic, broker, queue, offset, storedAt, body, key, tag, properties } = message;
  return {
    origin: { kind: 'sink', topic, broker, queue, offset, storedAt },
    stage,
    error,
    original: { body, key, tag, properties },
  };
}
