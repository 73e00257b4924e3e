import { readBatchBody } from '../../../../src/broker/requests/batch-body.js';
import { partsEach } from '../../../../src/broker/storage/stored-frame.js';

/** The messages of an encoded batch, as the broker finds them in it. */
export function entriesOf(batch: Buffer): readonly { readonly body: Buffer; readonly properties: string }[] {
  const { count, parts } = readBatchBody(batch);
  return Array.from({ length: count }, (_, index) => {
    const [bodyAt = 0, bodyLength = 0, propertiesAt = 0, propertiesLength = 0] = parts.subarray(
      index * partsEach + 1,
    );
    return {
      body: batch.subarray(bodyAt, bodyAt + bodyLength),
      properties: batch.toString('utf8', propertiesAt, propertiesAt + propertiesLength),
    };
  });
}
