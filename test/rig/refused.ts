import assert from 'node:assert/strict';
import { RecordsRefused } from '../../src/sdk/index.js';

/** What a sink refused, and why. Fails where it took all, or failed for another reason. */
export async function refusedBy(writing: Promise<void>): Promise<RecordsRefused['refused']> {
  const error: unknown = await writing.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RecordsRefused, String(error));
  return error.refused;
}
