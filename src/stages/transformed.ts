import type { Content } from '../sdk/index.js';
import type { Format, Transform } from './stage.js';

/**
 * A source's record after the transforms; null where one dropped it. Bytes a source hands over are a body
 * in the connector's format already: under `json` they are decoded, so that transforms see the fields a
 * sink's would, and given back as they came where no transform changed the value.
 * Throws `ConnectorError` `bad_data` like the format and the transforms do.
 */
export function transformed(
  record: Content,
  transforms: readonly Transform[],
  format: Format,
): Content | null {
  if (transforms.length === 0) return record;
  const given = record.value;
  const decoded = Buffer.isBuffer(given) && format.name === 'json' ? format.decode(given) : given;
  let content: Content | null = decoded === given ? record : { ...record, value: decoded };
  for (const transform of transforms) {
    content = transform.apply(content);
    if (content === null) return null;
  }
  return content.value === decoded && decoded !== given ? { ...content, value: given } : content;
}
