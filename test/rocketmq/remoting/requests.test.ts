import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryClusterInfo } from '../../../src/rocketmq/remoting/requests/cluster-info.js';
import { queryConsumeStats } from '../../../src/rocketmq/remoting/requests/consume-stats.js';
import {
  queryConsumerOffset,
  updateConsumerOffset,
} from '../../../src/rocketmq/remoting/requests/consumer-offset.js';
import { createGroup, hasGroup } from '../../../src/rocketmq/remoting/requests/create-group.js';
import { createTopic } from '../../../src/rocketmq/remoting/requests/create-topic.js';
import {
  deleteTopicInBroker,
  deleteTopicInNameServer,
} from '../../../src/rocketmq/remoting/requests/delete-topic.js';
import { queryGroupMemberIds } from '../../../src/rocketmq/remoting/requests/group-member-ids.js';
import { lockQueues, unlockQueues } from '../../../src/rocketmq/remoting/requests/lock-queues.js';
import { queryOnlineGroup } from '../../../src/rocketmq/remoting/requests/online-group.js';
import { heartbeat, unregister } from '../../../src/rocketmq/remoting/requests/heartbeat.js';
import { pull } from '../../../src/rocketmq/remoting/requests/pull.js';
import {
  queryMaxOffset,
  queryMinOffset,
  searchOffset,
} from '../../../src/rocketmq/remoting/requests/queue-offsets.js';
import { resetOffset } from '../../../src/rocketmq/remoting/requests/reset-offset.js';
import { queryRoute } from '../../../src/rocketmq/remoting/requests/route.js';
import { sendBatch } from '../../../src/rocketmq/remoting/requests/send-batch.js';
import { queryTopicConfig } from '../../../src/rocketmq/remoting/requests/topic-config.js';
import { queryTopicStats } from '../../../src/rocketmq/remoting/requests/topic-stats.js';
import { encodeBatch } from '../../../src/rocketmq/remoting/codec/batch.js';
import type { Ask } from '../../../src/rocketmq/remoting/request.js';
import { fixture } from './fixture-subject.js';
import { replay } from './recorded-exchange.js';

/** Each replay also checks that the request is the recorded one to the byte. */
const { topic, noTopic, group, broker, messages } = fixture;
const wanted = { group, topic, broker, queue: 0, offset: 0, count: 32, waitMs: 0 };
const batch = encodeBatch(messages, fixture.uniqueKeys());
const send = { group: fixture.producerGroup, topic, broker, queue: 0, batch, sysFlag: 0, bornAt: 0 };

test('routes and brokers', async () => {
  assert.deepEqual(await queryRoute(replay('route'), topic), {
    topic,
    brokers: [
      {
        cluster: 'cluster-a',
        broker,
        master: '127.0.0.1:10911',
        readQueues: 2,
        writeQueues: 2,
        readable: true,
        writable: true,
      },
    ],
    isStatic: false,
  });
  assert.equal(await queryRoute(replay('route-of-no-topic'), noTopic), null);
  assert.deepEqual(await queryClusterInfo(replay('cluster-info')), [
    { cluster: 'cluster-a', broker, address: '127.0.0.1:10911' },
  ]);
});

test('topics and groups', async () => {
  await createTopic(replay('create-topic'), topic, 2);
  assert.equal((await queryTopicConfig(replay('topic-config'), topic))?.perm, 6);
  assert.equal(await queryTopicConfig(replay('topic-config-of-no-topic'), noTopic), null);
  await createGroup(replay('create-group'), group);
  assert.equal(await hasGroup(replay('group-config'), group), true);
  await deleteTopicInBroker(replay('delete-topic'), topic);
  await deleteTopicInNameServer(replay('delete-topic-from-name-server'), topic);
});

test('sending', async () => {
  assert.equal(await sendBatch(replay('send-batch'), send), 0);
  // Not `invalid`, which would blame the messages.
  await assert.rejects(sendBatch(replay('send-batch-to-no-queue'), { ...send, queue: 9 }), {
    code: 'broker_error',
    responseCode: 29,
    retryable: false,
    message: /queueId\[9\] is illegal/,
  });
});

test('answers that mean stored, although something was slow, and those that mean nothing happened', async () => {
  const answering =
    (code: number): Ask =>
    async (request, options) => ({ ...(await replay('send-batch')(request, options)), code });
  for (const code of [0, 10, 11, 12]) assert.equal(await sendBatch(answering(code), send), 0);
  for (const code of [2, 14, 215]) {
    await assert.rejects(sendBatch(answering(code), send), { code: 'busy', retryable: true });
  }
  for (const code of [1, 13, 16, 17])
    await assert.rejects(sendBatch(answering(code), send), { retryable: false });
});

test('pulling', async () => {
  const found = await pull(replay('pull'), wanted);
  assert.deepEqual(
    [found.outcome, found.messages.length, found.nextOffset, found.minOffset, found.maxOffset],
    ['found', 4, 4, 0, 4],
  );
  const outcomeOf = async (name: string, changes: Partial<typeof wanted>): Promise<unknown[]> => {
    const { outcome, nextOffset, maxOffset } = await pull(replay(name), { ...wanted, ...changes });
    return [outcome, nextOffset, maxOffset];
  };
  assert.deepEqual(await outcomeOf('pull-at-the-end', { offset: 4 }), ['end', 4, 4]);
  assert.deepEqual(await outcomeOf('pull-beyond-the-end', { offset: 1_000 }), ['moved', 4, 4]);
  assert.deepEqual(await outcomeOf('pull-of-an-empty-queue', { queue: 1 }), ['end', 0, 0]);
  assert.deepEqual(await outcomeOf('pull-after-reset', {}), ['reset', 1, 4]);
  await assert.rejects(outcomeOf('pull-of-no-queue', { queue: 9 }), { code: 'invalid' });
  await assert.rejects(outcomeOf('pull-of-no-topic', { topic: noTopic }), {
    code: 'topic_not_found',
    message:
      '127.0.0.1:10911 refused PULL_MESSAGE (topic fixture-no-topic, group fixture-group): ' +
      'topic[fixture-no-topic] not exist, apply first please! (code 17)',
  });
});

test('offsets of a group', async () => {
  assert.equal(await queryConsumerOffset(replay('offset-never-committed'), group, topic, 0), null);
  assert.deepEqual(
    await queryConsumeStats(replay('consume-stats-never-committed'), group, topic),
    new Map([4, 0].map((pulled, queue) => [queue, { offset: 0, pulled, lastConsumedStoredAt: null }])),
  );
  await updateConsumerOffset(replay('commit'), group, topic, 0, 2);
  assert.equal(await queryConsumerOffset(replay('offset-committed'), group, topic, 0), 2);
  const stats = await queryConsumeStats(replay('consume-stats'), group, topic);
  const first = stats.get(0);
  assert.equal(first?.offset, 2);
  assert.ok((first.lastConsumedStoredAt ?? 0) > 1_700_000_000_000);
  await updateConsumerOffset(replay('commit-after-reset'), group, topic, 0, 3);
});

test('offsets of queues', async () => {
  assert.equal(await queryMaxOffset(replay('max-offset'), topic, 0), 4);
  assert.equal(await queryMinOffset(replay('min-offset'), topic, 0), 0);
  assert.equal(await searchOffset(replay('search-offset'), topic, 0, fixture.longAgo), 0);
  const stats = await queryTopicStats(replay('topic-stats'), topic);
  assert.equal(stats?.get(0)?.max, 4);
  assert.ok((stats.get(0)?.lastStoredAt ?? 0) > 1_700_000_000_000);
  assert.deepEqual(stats.get(1), { min: 0, max: 0, lastStoredAt: null });
  assert.equal(await queryTopicStats(replay('topic-stats-of-no-topic'), noTopic), null);
});

test('resets', async () => {
  await resetOffset(replay('reset-offset'), group, topic, 0, 1);
  await assert.rejects(resetOffset(replay('reset-offset-out-of-range'), group, topic, 0, 1_000), {
    message: /Target offset 1000 not in consume queue range \[0-4\] \(code 1\)/,
  });
  await assert.rejects(resetOffset(replay('reset-offset-of-no-topic'), group, noTopic, 0, 0), {
    code: 'topic_not_found',
  });
});

test('members', async () => {
  const { membership } = fixture;
  assert.equal(await queryOnlineGroup(replay('group-members-offline'), group), null);
  await heartbeat(replay('heartbeat'), membership);
  assert.deepEqual(await queryOnlineGroup(replay('group-members'), group), {
    members: [membership.clientId],
    consumeType: 'CONSUME_ACTIVELY',
    messageModel: 'CLUSTERING',
    subscriptions: new Map([
      [topic, '*'],
      [`%RETRY%${group}`, '*'],
    ]),
  });
  assert.deepEqual(await queryGroupMemberIds(replay('group-member-ids-offline'), group), []);
  assert.deepEqual(await queryGroupMemberIds(replay('group-member-ids'), group), [membership.clientId]);
  const { signal } = new AbortController();
  await unregister(replay('unregister'), membership.clientId, { consumerGroup: group }, signal);
});

test('locks of queues', async () => {
  const [one, two] = [fixture.locking('one', 2), fixture.locking('two', 3)];
  assert.deepEqual(await lockQueues(replay('lock-queues'), one), one.queues);
  assert.deepEqual(await lockQueues(replay('lock-queues-of-another'), two), two.queues.slice(2));
  await unlockQueues(replay('unlock-queues'), one);
  await unlockQueues(replay('unlock-other-queues'), two);
});

test('a request the broker does not know', async () => {
  const answer = await replay('unknown-request')({ code: 9_999, name: 'UNKNOWN', fields: {} });
  assert.equal(answer.code, 3);
});
