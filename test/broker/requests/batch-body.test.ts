import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBatchBody } from '../../../src/broker/requests/batch-body.js';
import { encodeBatch } from '../../../src/rocketmq/remoting/codec/batch.js';
import { fixture } from '../../rocketmq/remoting/fixture-subject.js';

const batch = encodeBatch(fixture.messages, fixture.uniqueKeys());

test('a batch that is torn is refused, and says where', () => {
  for (const cut of [1, 21, 60, batch.length - 1]) {
    assert.throws(() => readBatchBody(batch.subarray(0, cut)), /cannot be read at byte \d+ of its body/);
  }
});

test('so is one with a message that is longer than it', () => {
  const long = Buffer.from(batch);
  long.writeUInt32BE(0x7fffffff, 16);
  assert.throws(() => readBatchBody(long), /cannot be read at byte 0 of its body/);
});
