/**
 * Records exchanges with a real RocketMQ as fixtures for the unit tests:
 *
 *     node dist/test/real/capture-fixtures.js NAMESERVER JAVA_CLASSPATH
 *
 * The class path is that of RocketMQ's Java client, which sends the compressed messages. Run it from the
 * root of the repository; it overwrites test/fixtures/remoting/.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { encodeBatch } from '../../src/rocketmq/remoting/codec/batch.js';
import { flagResponse } from '../../src/rocketmq/remoting/codec/frame.js';
import { parseAddress } from '../../src/rocketmq/remoting/connection.js';
import type { Ask } from '../../src/rocketmq/remoting/request.js';
import { decodeAnswer, encodeRequest } from '../../src/rocketmq/remoting/request-frame.js';
import { queryClusterInfo } from '../../src/rocketmq/remoting/requests/cluster-info.js';
import { queryConsumeStats } from '../../src/rocketmq/remoting/requests/consume-stats.js';
import {
  queryConsumerOffset,
  updateConsumerOffset,
} from '../../src/rocketmq/remoting/requests/consumer-offset.js';
import { createGroup, hasGroup } from '../../src/rocketmq/remoting/requests/create-group.js';
import { createTopic } from '../../src/rocketmq/remoting/requests/create-topic.js';
import {
  deleteTopicInBroker,
  deleteTopicInNameServer,
} from '../../src/rocketmq/remoting/requests/delete-topic.js';
import { queryGroupMemberIds } from '../../src/rocketmq/remoting/requests/group-member-ids.js';
import { lockQueues, unlockQueues } from '../../src/rocketmq/remoting/requests/lock-queues.js';
import { queryOnlineGroup } from '../../src/rocketmq/remoting/requests/online-group.js';
import { heartbeat, unregister } from '../../src/rocketmq/remoting/requests/heartbeat.js';
import { pull } from '../../src/rocketmq/remoting/requests/pull.js';
import {
  queryMaxOffset,
  queryMinOffset,
  searchOffset,
} from '../../src/rocketmq/remoting/requests/queue-offsets.js';
import { resetOffset } from '../../src/rocketmq/remoting/requests/reset-offset.js';
import { queryRoute } from '../../src/rocketmq/remoting/requests/route.js';
import { sendBatch } from '../../src/rocketmq/remoting/requests/send-batch.js';
import { queryTopicConfig } from '../../src/rocketmq/remoting/requests/topic-config.js';
import { queryTopicStats } from '../../src/rocketmq/remoting/requests/topic-stats.js';
import { fixturesFolder, frameOf, type RecordedExchange } from '../rocketmq/remoting/recorded-exchange.js';
import { fixture } from '../rocketmq/remoting/fixture-subject.js';

const [nameServer, classPath] = process.argv.slice(2);
if (nameServer === undefined || classPath === undefined) {
  throw new Error('usage: capture-fixtures.js NAMESERVER JAVA_CLASSPATH');
}

class Recorder {
  readonly #server: RecordedExchange['server'];
  readonly #address: string;
  readonly #sockets: Socket[] = [];

  constructor(server: RecordedExchange['server'], address: string) {
    this.#server = server;
    this.#address = address;
  }

  /** Each recording has a connection of its own, open until `close`: a broker forgets members with theirs. */
  as(name: string): Ask {
    return async (request) => {
      const socket = connect(parseAddress(this.#address));
      this.#sockets.push(socket);
      const sent = Buffer.concat(encodeRequest(request, 1));
      socket.write(sent);
      let received = Buffer.alloc(0);
      for (;;) {
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        received = Buffer.concat([received, chunk]);
        const answer = answerIn(received);
        if (answer === undefined) continue;
        const exchange: RecordedExchange = {
          server: this.#server,
          request: sent.toString('hex'),
          answer: answer.toString('hex'),
        };
        const file = `${fixturesFolder}/${name}.json`;
        writeFileSync(file, `${JSON.stringify({ code: request.code, ...exchange }, null, 1)}\n`);
        return decodeAnswer(frameOf(exchange.answer), request, this.#address);
      }
    };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** The first whole frame that is an answer: a broker may tell of new members before it answers a heartbeat. */
function answerIn(received: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= received.length;) {
    const end = at + 4 + received.readUInt32BE(at);
    if (end > received.length) return undefined;
    const frame = received.subarray(at, end);
    if ((frameOf(frame.toString('hex')).header.flag & flagResponse) !== 0) return frame;
    at = end;
  }
  return undefined;
}

/** The refusal is what is recorded. */
async function refused(what: Promise<unknown>): Promise<void> {
  await what.then(
    () => {
      throw new Error('the server was to refuse this');
    },
    () => undefined,
  );
}

mkdirSync(fixturesFolder, { recursive: true });
const names = new Recorder('name server', nameServer);
const { topic, group, broker } = fixture;
const [master] = await queryClusterInfo(names.as('cluster-info'));
if (master?.broker !== broker) throw new Error(`the fixtures expect a single broker named ${broker}`);
const at = new Recorder('broker', master.address);

// What an interrupted run may have left.
await deleteTopicInBroker(at.as('delete-topic'), topic);
await createTopic(at.as('create-topic'), topic, 2);
while ((await queryRoute(names.as('route'), topic)) === null);
await queryRoute(names.as('route-of-no-topic'), fixture.noTopic);
await queryTopicConfig(at.as('topic-config'), topic);
await queryTopicConfig(at.as('topic-config-of-no-topic'), fixture.noTopic);
await createGroup(at.as('create-group'), group);
await hasGroup(at.as('group-config'), group);

const batch = encodeBatch(fixture.messages, fixture.uniqueKeys());
const send = { group: fixture.producerGroup, topic, broker, queue: 0, batch, sysFlag: 0, bornAt: Date.now() };
await sendBatch(at.as('send-batch'), send);
await refused(sendBatch(at.as('send-batch-to-no-queue'), { ...send, queue: 9 }));

const wanted = { group, topic, broker, queue: 0, offset: 0, count: 32, waitMs: 0 };
await pull(at.as('pull'), wanted);
await pull(at.as('pull-at-the-end'), { ...wanted, offset: fixture.messages.length });
await pull(at.as('pull-beyond-the-end'), { ...wanted, offset: 1_000 });
await pull(at.as('pull-of-an-empty-queue'), { ...wanted, queue: 1 });
await refused(pull(at.as('pull-of-no-queue'), { ...wanted, queue: 9 }));
await refused(pull(at.as('pull-of-no-topic'), { ...wanted, topic: fixture.noTopic }));

await queryConsumerOffset(at.as('offset-never-committed'), group, topic, 0);
await queryConsumeStats(at.as('consume-stats-never-committed'), group, topic);
await updateConsumerOffset(at.as('commit'), group, topic, 0, 2);
await queryConsumerOffset(at.as('offset-committed'), group, topic, 0);
await queryConsumeStats(at.as('consume-stats'), group, topic);
await queryTopicStats(at.as('topic-stats'), topic);
await queryTopicStats(at.as('topic-stats-of-no-topic'), fixture.noTopic);
await queryMaxOffset(at.as('max-offset'), topic, 0);
await queryMinOffset(at.as('min-offset'), topic, 0);
await searchOffset(at.as('search-offset'), topic, 0, fixture.longAgo);

await resetOffset(at.as('reset-offset'), group, topic, 0, 1);
await refused(resetOffset(at.as('reset-offset-out-of-range'), group, topic, 0, 1_000));
await refused(resetOffset(at.as('reset-offset-of-no-topic'), group, fixture.noTopic, 0, 0));
await updateConsumerOffset(at.as('commit-after-reset'), group, topic, 0, 3);
await pull(at.as('pull-after-reset'), wanted);

await queryOnlineGroup(at.as('group-members-offline'), group);
await queryGroupMemberIds(at.as('group-member-ids-offline'), group);
await heartbeat(at.as('heartbeat'), fixture.membership);
await queryOnlineGroup(at.as('group-members'), group);
await queryGroupMemberIds(at.as('group-member-ids'), group);
await lockQueues(at.as('lock-queues'), fixture.locking('one', 2));
await lockQueues(at.as('lock-queues-of-another'), fixture.locking('two', 3));
await unlockQueues(at.as('unlock-queues'), fixture.locking('one', 2));
await unlockQueues(at.as('unlock-other-queues'), fixture.locking('two', 3));
await unregister(
  at.as('unregister'),
  fixture.membership.clientId,
  { consumerGroup: group },
  new AbortController().signal,
);
await at.as('unknown-request')({ code: 9_999, name: 'UNKNOWN', fields: {} });

execFileSync('java', ['-cp', classPath, 'test/rig/java/SendCompressed.java', nameServer, topic, broker], {
  stdio: 'inherit',
});
await pull(at.as('pull-compressed'), { ...wanted, offset: fixture.messages.length });

await deleteTopicInBroker(at.as('delete-topic'), topic);
await deleteTopicInNameServer(names.as('delete-topic-from-name-server'), topic);
at.close();
names.close();
