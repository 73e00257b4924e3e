/** What the Java clients and mqadmin must be able to do with a broker, the real one or ours. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { jsonLines, readWithJava, runJava, type JavaMessage } from '../rig/java.js';
import { mqadmin } from '../rig/mqadmin.js';
import { consumerProgress } from '../rig/rocketmq/consumer-progress.js';
import { until } from '../rig/until.js';

export interface BrokerUnderTest {
  readonly nameserver: string;
  readonly broker: string;
  readonly brokerName: string;
  readonly clusterName: string;
}

interface Sent {
  readonly status: string;
  readonly queue: number;
  readonly offset: number;
  readonly id: string;
  readonly storedId: string;
}

const topic = 'java-topic';
const group = 'java-group';
const singles = 20;
const batch = 10;
const all = singles + batch;
const queues = [0, 1, 2, 3];

/** Defines the tests; they build on each other. `target` is asked once the suite's `before` has run. */
export function javaSuite(target: () => BrokerUnderTest): void {
  let sent: Sent[] = [];
  let at: BrokerUnderTest;
  const admin = async (...args: string[]): Promise<string> => (await mqadmin(at.nameserver, args)).stdout;
  before(() => {
    at = target();
  });

  /** Messages a queue holds, from what the producer was answered. */
  const stored = (queue: number): number =>
    sent.filter((answer) => answer.queue === queue).reduce((sum, { id }) => sum + id.split(',').length, 0);

  async function progressIs(offset: (queue: number) => number): Promise<void> {
    const expected = queues.map((queue) => {
      const max = stored(queue);
      return { topic, broker: at.brokerName, queue, max, offset: offset(queue), lag: max - offset(queue) };
    });
    let seen: unknown;
    const same = async (): Promise<true | undefined> => {
      seen = consumerProgress(await admin('consumerProgress', '-g', group), topic);
      return JSON.stringify(seen) === JSON.stringify(expected) ? true : undefined;
    };
    // A consumer's commit is sent one-way: it may arrive a moment after the consumer has gone on.
    await until('the committed offsets', same, { deadlineMs: 15_000 }).catch(() => undefined);
    assert.deepEqual(seen, expected);
  }

  test('clusterList names the cluster, its broker and address', async () => {
    const { clusterName, brokerName, broker } = at;
    const row = (await admin('clusterList')).split('\n').find((line) => line.includes(broker));
    assert.deepEqual(row?.trim().split(/\s+/).slice(0, 5), [clusterName, brokerName, '0', broker, 'V5_5_0']);
  });

  test('updateTopic makes a topic; topicList, topicRoute and topicStatus show it', async () => {
    const made = await admin('updateTopic', '-c', at.clusterName, '-t', topic, '-r', '4', '-w', '4');
    assert.match(made, /create topic to .* success/);
    assert.ok((await admin('topicList')).split('\n').includes(topic));
    const route = await admin('topicRoute', '-t', topic);
    assert.match(route, /"readQueueNums":4/);
    assert.match(route, /"writeQueueNums":4/);
    assert.ok(route.includes(`0:"${at.broker}"`), route);
    assert.deepEqual(
      await topicStatus(),
      queues.map((queue) => [at.brokerName, queue, 0, 0]),
    );
  });

  const topicStatus = async (): Promise<(string | number)[][]> => {
    const rows = (await admin('topicStatus', '-t', topic))
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const ours = rows.filter(([name]) => name === at.brokerName);
    return ours.map(([name = '', queue, min, max]) => [name, Number(queue), Number(min), Number(max)]);
  };

  test('updateTopic grows a topic', async () => {
    const args = ['updateTopic', '-c', at.clusterName, '-t', 'java-grown'];
    await admin(...args, '-r', '2', '-w', '2');
    await admin(...args, '-r', '6', '-w', '6');
    assert.match(await admin('topicRoute', '-t', 'java-grown'), /"writeQueueNums":6/);
  });

  test('the Java producer sends singles and a batch; topicStatus counts them', async () => {
    const { stdout } = await runJava('Producer', [at.nameserver, topic, String(singles), String(batch)]);
    sent = jsonLines<Sent>(stdout);
    assert.equal(sent.length, singles + 1);
    assert.ok(sent.every(({ status }) => status === 'SEND_OK'));
    const expected = queues.map((queue) => [at.brokerName, queue, 0, stored(queue)]);
    assert.deepEqual(await topicStatus(), expected);
    assert.equal(
      queues.reduce((sum, queue) => sum + stored(queue), 0),
      all,
    );
  });

  test('updateSubGroup makes a group', async () => {
    const made = await admin('updateSubGroup', '-c', at.clusterName, '-g', group);
    assert.match(made, /create subscription group to .* success/);
  });

  test('the Java lite pull consumer reads them all; mqadmin shows it online and its progress', async () => {
    const messages = await readWithJava(at.nameserver, { group, topic, count: all }, async () => {
      const connection = await admin('consumerConnection', '-g', group);
      assert.match(connection, new RegExp(`\\b${topic}\\b`));
      await progressIs(stored);
      const row = (await admin('consumerProgress')).split('\n').find((line) => line.startsWith(`${group} `));
      const cells = row?.trim().split(/\s+/);
      assert.equal(cells?.[1], '1', 'one member');
      assert.equal(cells.at(-1), '0', 'nothing left to read');
    });
    assert.deepEqual(messages.map(withoutPlace).sort(byKey), everything().sort(byKey));
    const places = messages.map(({ queue, offset }) => `${String(queue)}/${String(offset)}`);
    assert.equal(new Set(places).size, all);
    await assert.rejects(admin('consumerConnection', '-g', group), /not online/i);
    await progressIs(stored);
  });

  test('a tag lets through only its messages', async () => {
    const of = { group: 'java-even', topic, count: all / 2, expression: 'even' };
    const messages = await readWithJava(at.nameserver, of);
    assert.deepEqual(
      messages.map(withoutPlace).sort(byKey),
      everything()
        .filter(({ tags }) => tags === 'even')
        .sort(byKey),
    );
  });

  test('resetOffsetByTime goes back to the beginning, and the group reads everything again', async () => {
    await admin('resetOffsetByTime', '-g', group, '-t', topic, '-s', '0');
    await progressIs(() => 0);
    const messages = await readWithJava(at.nameserver, { group, topic, count: all });
    assert.deepEqual(messages.map(withoutPlace).sort(byKey), everything().sort(byKey));
    await progressIs(stored);
  });

  test('resetOffsetByTime goes to a time after the last message', async () => {
    await admin('resetOffsetByTime', '-g', group, '-t', topic, '-s', '0');
    await progressIs(() => 0);
    await admin('resetOffsetByTime', '-g', group, '-t', topic, '-s', 'now');
    await progressIs(stored);
  });

  test('queryMsgById finds a message by the id its producer gave it and by its place', async () => {
    const [first] = sent;
    assert.ok(first !== undefined);
    for (const id of [first.id, first.storedId]) {
      const text = await admin('queryMsgById', '-t', topic, '-i', id);
      assert.match(text, /^OffsetID:\s+\S/m);
      assert.equal(/^Keys:\s+(.*)$/m.exec(text)?.[1]?.trim(), '[single-0]');
      assert.equal(/^Queue ID:\s+(\d+)$/m.exec(text)?.[1], String(first.queue));
      assert.equal(/^Queue Offset:\s+(\d+)$/m.exec(text)?.[1], String(first.offset));
    }
  });

  test('deleteTopic takes it away', async () => {
    await admin('deleteTopic', '-c', at.clusterName, '-t', topic);
    assert.ok(!(await admin('topicList')).split('\n').includes(topic));
    await assert.rejects(admin('topicStatus', '-t', topic), /CODE: 17/);
  });
}

type Content = Omit<JavaMessage, 'queue' | 'offset'>;

function withoutPlace({ body, tags, keys, number }: JavaMessage): Content {
  return { body, tags, keys, number };
}

function byKey(a: Content, b: Content): number {
  return a.keys.localeCompare(b.keys);
}

/** What test/rig/java/Producer.java sends. */
function everything(): Content[] {
  const messages = (kind: string, count: number): Content[] =>
    Array.from({ length: count }, (_, i) => ({
      body: `${kind} ${String(i)} äöü 漢字`,
      tags: i % 2 === 0 ? 'even' : 'odd',
      keys: `${kind}-${String(i)}`,
      number: String(i),
    }));
  return [...messages('single', singles), ...messages('batch', batch)];
}
