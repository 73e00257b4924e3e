import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptOpen, unlessAborted, within } from '../../src/sdk/index.js';

/** Connections that open when told to. */
function connections() {
  const opened: { isOpen: boolean }[] = [];
  const waiting: (() => void)[] = [];
  const kept = new KeptOpen<{ isOpen: boolean }>({
    open: async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      const its = { isOpen: true };
      opened.push(its);
      return its;
    },
    isOpen: ({ isOpen }) => isOpen,
    end: (its) => {
      its.isOpen = false;
    },
  });
  const answer = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { kept, opened, answer };
}

/** Lets all that can go on now go on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('those who ask for a connection while it is made get the same, and another one once it broke', async () => {
  const { kept, opened, answer } = connections();
  const asked = Promise.all([kept.get(), kept.get()]);
  await settled();
  answer();
  const [first, second] = await asked;
  assert.equal(first, second);
  assert.equal(await kept.get(), first);
  first.isOpen = false;
  const again = Promise.all([kept.get(), kept.get()]);
  await settled();
  answer();
  assert.notEqual((await again)[0], first);
  assert.equal(opened.length, 2);
});

test('a connection that is made while it is closed is not left open', async () => {
  const { kept, opened, answer } = connections();
  const asked = assert.rejects(kept.get(), { code: 'unavailable' });
  await settled();
  await kept.close();
  answer();
  await asked;
  assert.deepEqual(opened, [{ isOpen: false }]);
  await assert.rejects(kept.get(), { code: 'unavailable' });
  assert.equal(opened.length, 1);
});

test('a wait ends with what comes first: the answer, the end of patience, or the abort', async () => {
  const never = new Promise<never>(() => undefined);
  assert.equal(await within(9_000, 'late', Promise.resolve(1)), 1);
  await assert.rejects(within(1, 'late', never), /late/);
  const stop = new AbortController();
  const waiting = unlessAborted(never, stop.signal);
  stop.abort();
  await assert.rejects(waiting, (error) => error === stop.signal.reason);
});

test('what was waited for in vain may fail unheard', async () => {
  const stop = new AbortController();
  stop.abort();
  const failing = Promise.resolve().then(() => {
    throw new Error('nobody listens');
  });
  await assert.rejects(unlessAborted(failing, stop.signal), (error) => error === stop.signal.reason);
  await settled();
});
