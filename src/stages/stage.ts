import type { z } from 'zod';
import type { Content, Value } from '../sdk/index.js';

export type FormatName = 'text' | 'json' | 'bytes';

/** How a value becomes a message body, and back. */
export interface Format {
  readonly name: FormatName;
  /** Throws `ConnectorError` `bad_data` for a value it cannot carry. Never called with null. */
  encode(value: Exclude<Value, null>): Buffer;
  /** Throws `ConnectorError` `bad_data` for a body that is not of this format. */
  decode(body: Buffer): Value;
}

/** Changes a record, or drops it (null). Pure: may be called again with the same record. */
export interface Transform {
  readonly name: string;
  /** Throws `ConnectorError` `bad_data` for a record it cannot work on. */
  apply(content: Content): Content | null;
}

/** A kind of transform: what may stand below its name in `transforms:`. */
export interface TransformKind {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Its settings in, the finished transform out. */
  readonly spec: z.ZodType<Transform>;
}
