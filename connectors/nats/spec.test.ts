import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceSpec } from './spec.js';

const url = 'nats://127.0.0.1:4222';
const refused = (given: object): readonly string[] =>
  sourceSpec.safeParse({ url, ...given }).error?.issues.map(({ path }) => path.join('.')) ?? [];

test('refuses options that the mode does not use', () => {
  assert.deepEqual(refused({ stream: 's', durable: 'd', ack_wait_ms: 5_000, start: 'latest' }), []);
  assert.deepEqual(refused({ stream: 's', ack_wait_ms: 5_000 }), ['ack_wait_ms']);
  assert.deepEqual(refused({ stream: 's', queue: 'q' }), ['queue']);
  const core = { mode: 'core', subjects: 'a', queue: 'q' };
  assert.deepEqual(refused(core), []);
  assert.deepEqual(refused({ ...core, start: 'earliest', ack_wait_ms: 5_000 }), ['start', 'ack_wait_ms']);
});
