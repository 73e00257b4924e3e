/** A sink in one group with a Java push consumer. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { sharedQueues, SharedSink } from '../conformance/shared-sink.js';
import { outputOf } from '../rig/command.js';
import { startJava } from '../rig/java.js';
import { endProcess } from '../rig/owned.js';
import type { SinkOffsets } from '../rig/results.js';
import { startRocketmq, type RealRocketmq } from '../rig/rocketmq.js';
import { until } from '../rig/until.js';

interface Line {
  readonly body?: string;
  readonly queue?: number;
  readonly sentBack?: string;
}

let rocketmq: RealRocketmq;
before(async () => {
  rocketmq = await startRocketmq({ name: 'java' });
});
after(() => rocketmq.stop());

/** Sorts behind our ids: the first half of each topic's queues, and the one retry queue, are ours. */
const javaId = '~java';
const firstOfJava = sharedQueues / 2;

test('queues are dealt as Java deals them, and what Java sends back is written here', async (t) => {
  const sink = await SharedSink.open(rocketmq.nameserver, 'with-java');
  t.after(() => sink.close());
  sink.start('a');
  await sink.writes('a', 500);

  const args = [rocketmq.nameserver, sink.group, sink.topic, javaId, 'refused'];
  const java = await startJava('PushConsumer', args);
  t.after(() => endProcess(java, 'SIGKILL'));
  const lines = linesOf(java);
  sink.alsoTakenBy(() => lines.flatMap(({ body }) => body ?? []));

  const members = await until('both to be members', async () => {
    const [group] = (await sink.tasks('a')).groups;
    return group?.members.length === 2 && group.awaited === 0 ? group.members : undefined;
  });
  const [ours, others] = members;
  assert.equal(ours?.queues, firstOfJava + 1, 'with the retry queue');
  assert.equal(others?.queues, firstOfJava);
  assert.match(others.member, /^~java@/);
  const { connectors } = await sink.offsets('a');
  const [shown] = connectors as readonly SinkOffsets[];
  assert.deepEqual(
    shown?.queues?.map(({ member }) => member),
    Array.from({ length: sharedQueues }, (_, queue) => (queue < firstOfJava ? ours.member : others.member)),
  );

  const settled = lines.length;
  await until('records of Java', () => (lines.length > settled + 500 ? true : undefined));
  const takenByJava = new Set(lines.slice(settled).map(({ queue }) => queue));
  assert.ok([...takenByJava].every((queue) => queue === undefined || queue >= firstOfJava));

  await sink.send(firstOfJava, 'refused');
  await until('Java to send it back', () => lines.find(({ sentBack }) => sentBack === 'refused'));
  await until('what was sent back to be written', async () =>
    (await sink.written('a')).includes('refused') ? true : undefined,
  );

  java.stdin?.end();
  assert.equal((await outputOf(java)).code, 0);
  await sink.load.stop();
  await sink.catchesUp(30_000);
  await sink.stop('a');
  const { missing, twice } = await sink.ledger();
  t.diagnostic(`${String(twice)} taken twice, as Java consumers do not lock`);
  assert.equal(missing, 0);
  assert.equal((await sink.written('a')).filter((record) => record === 'refused').length, 1);
});

function linesOf(java: ChildProcess): readonly Line[] {
  const lines: Line[] = [];
  if (java.stdout === null) throw new Error('its output is a pipe');
  createInterface(java.stdout).on('line', (line) => {
    if (line.startsWith('{')) lines.push(JSON.parse(line) as Line);
  });
  return lines;
}
