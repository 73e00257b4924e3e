import type { TestContext } from 'node:test';
import type { Content, JsonObject, Value } from '../index.js';

/** Values by partition, in the partition's order. */
export type Contents = Readonly<Record<string, readonly Value[]>>;

/** Knows how to set up what a source reads from. */
export interface SourceDriver {
  /** A fresh place with something in it. What it needs is cleaned up with `t.after`. */
  scene(t: TestContext): Promise<SourceScene>;
}

export interface SourceScene {
  /** As under `config:` in a job file. */
  readonly config: JsonObject;
  readonly baseDir: string;
  /** What is there to read; three records or more in some partition. */
  readonly contents: Contents;
  /** What of a value is compared with `contents`: the rest tells of the moment. Left out: all of it. */
  readonly compared?: (value: Value) => Value;
  /** The `tasks` of the job file; 1 by default. */
  readonly tasks?: number;
  /** Adds records, and returns them. Left out: nothing can be added. */
  add?(): Promise<Contents>;
  /** Makes reading impossible. Left out: nothing can be broken. */
  break?(): Promise<void>;
}

/** Knows how to set up what a sink writes to. */
export interface SinkDriver {
  scene(t: TestContext): Promise<SinkScene>;
  /** A value that the sink takes and `written` gives back as this text. Left out: the text's bytes. */
  value?(text: string): Value;
}

export interface SinkScene {
  readonly config: JsonObject;
  readonly baseDir: string;
  /** What was written so far, as the texts of the records' values, in the order it is kept in. */
  written(): Promise<readonly string[]>;
  /** A record that is refused, while others of its batch are taken. Left out: none is. */
  readonly refused?: Content;
  /** Makes writing impossible until it is called again. Left out: nothing can be broken. */
  break?(): Promise<() => Promise<void>>;
}
