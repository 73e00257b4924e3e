import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { RecordsRefused, type JsonObject, type SinkTask } from '../../src/sdk/index.js';
import { sinkContext, sinkRecord } from '../../src/sdk/acceptance/index.js';
import { peer } from './peer.test.helper.js';
import { retryAfterMs } from './request.js';
import { sink } from './sink.js';

const signal = (): AbortSignal => AbortSignal.timeout(9_000);

async function opened(t: TestContext, config: JsonObject): Promise<SinkTask> {
  const connector = await sink.start(sink.spec.parse(config), sinkContext('.'));
  const task = await connector.open({ ...sinkContext('.'), task: 0 });
  t.after(() => task.close());
  return task;
}

it('fills in address, headers and body, and sends its credentials', async (t) => {
  const its = await peer(t, () => ({}));
  const task = await opened(t, {
    url: `${its.url}/orders/{key}?from={topic}`,
    method: 'PUT',
    headers: { 'X-Region': '{value.region}' },
    body: '{{"region":"{value.region}"}}',
    token: 'secret',
  });
  await task.write([sinkRecord({ value: { region: 'eu' }, key: 'a/b' })], signal());
  const [call] = its.calls;
  assert.deepEqual(
    [call?.method, call?.url, call?.body],
    ['PUT', '/orders/a%2Fb?from=acceptance', '{"region":"eu"}'],
  );
  assert.deepEqual(
    [call?.headers['x-region'], call?.headers.authorization, call?.headers['content-type']],
    ['eu', 'Bearer secret', 'application/json'],
  );
});

it('sends batches as lists and as lines', async (t) => {
  const its = await peer(t, () => ({}));
  const records = [1, 2, 3].map((n) => sinkRecord({ value: { n }, offset: n }));
  for (const as of ['json_array', 'lines']) {
    const task = await opened(t, { url: its.url, batch: { records: 2, as } });
    await task.write(records, signal());
  }
  assert.deepEqual(
    its.calls.map(({ body }) => body),
    ['[{"n":1},{"n":2}]', '[{"n":3}]', '{"n":1}\n{"n":2}\n', '{"n":3}\n'],
  );
});

it('keeps the order of a key, and sends different keys at a time', async (t) => {
  let running = 0;
  let most = 0;
  const its = await peer(t, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 20));
    running -= 1;
    return {};
  });
  const task = await opened(t, { url: its.url, concurrency: 3 });
  const records = Array.from({ length: 12 }, (_, n) =>
    sinkRecord({ value: `${String(n % 3)}:${String(n)}`, key: String(n % 3), offset: n }),
  );
  await task.write(records, signal());
  assert.equal(most, 3);
  for (const key of ['0', '1', '2']) {
    const numbers = its.calls
      .filter(({ body }) => body.startsWith(key))
      .map(({ body }) => Number(body.slice(2)));
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  }
});

it('refuses for now what fails for now, and what follows it in order; the rest is sent', async (t) => {
  const its = await peer(t, ({ body }) => (body === 'a1' ? { status: 503 } : {}));
  const task = await opened(t, { url: its.url });
  const records = ['a1', 'b1', 'a2'].map((value, offset) =>
    sinkRecord({ value, key: value.slice(0, 1), offset }),
  );
  await assert.rejects(task.write(records, signal()), (error) => {
    assert.ok(error instanceof RecordsRefused);
    assert.deepEqual(
      error.refused.map(({ index, error: { retryable } }) => [index, retryable]),
      [
        [0, true],
        [2, true],
      ],
    );
    return true;
  });
  assert.deepEqual(its.calls.map(({ body }) => body).sort(), ['a1', 'b1']);
});

it('waits for as long as it is asked to', async (t) => {
  const its = await peer(t, (_call, count) =>
    count === 1 ? { status: 429, headers: { 'retry-after': '0.3' } } : {},
  );
  const task = await opened(t, { url: its.url });
  const record = sinkRecord({ value: 'x' });
  await assert.rejects(task.write([record], signal()), RecordsRefused);
  const started = performance.now();
  await task.write([record], signal());
  assert.ok(performance.now() - started > 200);
  const now = Date.parse('2026-01-01T00:00:00Z');
  const at = { headers: { 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' } };
  assert.equal(retryAfterMs(at, now), 7_000);
  assert.equal(retryAfterMs({ headers: {} }, now), null);
});

it('ends with what to do where nothing can be sent', async (t) => {
  for (const [status, code] of [
    [401, 'denied'],
    [404, 'not_found'],
    [301, 'config'],
  ] as const) {
    const its = await peer(t, () => ({ status }));
    const task = await opened(t, { url: its.url.replace('://', '://me:secret@') });
    await assert.rejects(task.write([sinkRecord({ value: 'x' })], signal()), (error) => {
      assert.ok(error instanceof Error && 'code' in error && 'hint' in error);
      assert.equal(error.code, code);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
  const task = await opened(t, { url: 'http://127.0.0.1:1/' });
  await assert.rejects(task.write([sinkRecord({ value: 'x' })], signal()), {
    code: 'unreachable',
    retryable: true,
  });
});
