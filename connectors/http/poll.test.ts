/** The poller of addresses that have no pages: a list that is asked for again and again. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { SourceTask } from '../../src/sdk/index.js';
import { peer, type Peer } from './peer.test.helper.js';
import { readPages } from './poll-task.js';
import { sourceSpec } from './spec.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { signal } = new AbortController();

function poller(t: TestContext, { url }: Peer, once: boolean, pollMs: number): SourceTask {
  const task = readPages(sourceSpec.parse({ mode: 'poll', url, poll_ms: pollMs }), {
    tls: null,
    positions: new Map(),
    context: { connector: 'in', baseDir: '.', once, log: silent },
  });
  t.after(() => task.close());
  return task;
}

for (const headers of [{}, { etag: '"1"' }]) {
  const which = 'etag' in headers ? 'an ETag' : 'no ETag';
  it(`with --once a list with ${which} is read once`, async (t) => {
    const its = await peer(t, () => ({ headers, body: '[1,2]' }));
    const task = poller(t, its, true, 60_000);
    assert.deepEqual(
      (await task.read(signal))?.records.map(({ value }) => value),
      [1, 2],
    );
    assert.equal(await task.read(signal), null);
    assert.equal(its.calls.length, 1);
  });
}

it('a list without an ETag is sent each time, and poll_ms passes between', async (t) => {
  const its = await peer(t, () => ({ body: '[1]' }));
  const task = poller(t, its, false, 200);
  const startedAt = performance.now();
  for (let time = 0; time < 3; time += 1) assert.equal((await task.read(signal))?.records.length, 1);
  assert.ok(performance.now() - startedAt >= 390, 'two pauses between three lists');
  assert.equal(its.calls.length, 3);
});
