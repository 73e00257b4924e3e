import type { ConnectorError } from './errors.js';
import type { JsonValue } from './json.js';
import type { Schema } from './schema.js';

/**
 * What a record is about. Bytes and text travel as they are; everything else is JSON.
 * `null` says that there is no value (a tombstone), which is not the same as an empty one.
 */
export type Value = JsonValue | Buffer;

/**
 * Where a source stands in a partition, in the source's own words. It means "start after this"; the
 * worker stores it and hands it back, and looks into it never.
 */
export type Position = JsonValue;

/** The part of a record that transforms may change. */
export interface Content {
  readonly value: Value;
  /** Identifies what the record is about; becomes the message's KEYS. */
  readonly key?: string | undefined;
  /** One word consumers can filter by; becomes the message's TAGS. */
  readonly tag?: string | undefined;
  /** Becomes the message's user properties. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What the fields of the value are. The format `json` carries it; the others leave it out. */
  readonly schema?: Schema | undefined;
}

/** A record on its way into RocketMQ. */
export interface SourceRecord extends Content {
  readonly position: Position;
  /**
   * `value` as JSON text in UTF-8, where the source has it: under the format `json` and without transforms it is
   * the body as it is. `value`, `key` and the others may then be getters, asked only where they are needed.
   */
  readonly json?: Buffer | undefined;
  /** It is there, but cannot be read: it goes the way of a record that cannot be converted. `value` is what is there. */
  readonly error?: ConnectorError;
}

/** Records of one partition, in its order. */
export interface SourceBatch {
  readonly partition: string;
  readonly records: readonly SourceRecord[];
  /**
   * Records that came before these, and behind the position the partition was opened with, are gone. What
   * was sent of them before a crash cannot be counted off, so some of these may come twice; none is lost.
   */
  readonly gap?: boolean;
}

/** A record on its way out of RocketMQ. */
export interface SinkRecord extends Content {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  /** Its place in the queue. */
  readonly offset: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The value in the connector's format: the message's own bytes where no transform changed it; empty for null. */
  readonly body: Buffer;
  /** `body`, where it is meant to be JSON text in UTF-8 that came as it is: see `SinkTask.readsJson`. */
  readonly json?: Buffer | undefined;
  /** When the producer made it, milliseconds since 1970. */
  readonly bornAt: number;
  /** When the broker stored it, milliseconds since 1970, by the broker's clock. */
  readonly storedAt: number;
}
