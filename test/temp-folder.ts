import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

type Cleanup = () => unknown;
const cleanups = new WeakMap<TestContext, Cleanup[]>();

/** Runs `cleanup` when the test ends, what was added last first (node:test's own hooks run the other way round). */
export function atEnd(context: TestContext, cleanup: Cleanup): void {
  const known = cleanups.get(context);
  if (known !== undefined) {
    known.push(cleanup);
    return;
  }
  const stack = [cleanup];
  cleanups.set(context, stack);
  context.after(async () => {
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) await next();
  });
}

/** A folder of the test's own, removed when the test ends. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rmq-connect-'));
  atEnd(context, () => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
