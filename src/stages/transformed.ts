import { errorText, type Content } from '../sdk/index.js';
import type { Format, Transform } from './stage.js';

/** A transform could not work on a record; `cause` says why. */
export class TransformFailed extends Error {
  override readonly name = 'TransformFailed';

  constructor(transform: string, cause: unknown) {
    super(`${transform}: ${errorText(cause)}`, { cause });
  }
}

/**
 * The record with fields that can be looked at. Bytes a source hands over are a body in the connector's format
 * already: under `json` they are decoded. Throws `ConnectorError` `bad_data` like the format does.
 */
export function withFields<C extends Content>(record: C, format: Format): C {
  const { value } = record;
  return Buffer.isBuffer(value) && format.name === 'json'
    ? { ...record, value: format.decode(value) }
    : record;
}

/**
 * A source's record after the transforms; null where one dropped it. They see the fields a sink's would;
 * bytes are given back as they came where no transform changed the value.
 * Throws `ConnectorError` `bad_data` like the format does, and `TransformFailed`.
 */
export function transformed(
  record: Content,
  transforms: readonly Transform[],
  format: Format,
): Content | null {
  if (transforms.length === 0) return record;
  const given = record.value;
  let content: Content | null = withFields(record, format);
  const decoded = content.value;
  for (const transform of transforms) {
    content = applied(transform, content);
    if (content === null) return null;
  }
  return content.value === decoded && decoded !== given ? { ...content, value: given } : content;
}

function applied(transform: Transform, content: Content): Content | null {
  try {
    return transform.apply(content);
  } catch (cause) {
    throw new TransformFailed(transform.name, cause);
  }
}
