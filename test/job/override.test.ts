import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOverride } from '../../src/job/override.js';
import { JobFolder } from './job-folder.js';

const text = `connectors:
  in: { source: generate, topic: t, config: { rate: 1 } }
  out: { sink: console, topics: [t, u] }
`;

test('values are YAML scalars, and text where they are none', () => {
  const value = (given: string): unknown => {
    const parsed = parseOverride(given);
    assert.ok(!('severity' in parsed), given);
    return parsed.value.value;
  };
  assert.equal(value('a=5'), 5);
  assert.equal(value('a="5"'), '5');
  assert.equal(value('a=true'), true);
  assert.equal(value('a='), '');
  assert.equal(value('a=b=c'), 'b=c');
  assert.equal(value('rocketmq.nameserver=127.0.0.1:9876'), '127.0.0.1:9876');
  assert.equal(value('rocketmq.nameserver=[::1]:9876'), '[::1]:9876');
  assert.equal(value('a=x: y'), 'x: y');
  assert.equal(value('a=[1, 2]'), '[1, 2]');
});

test('a value replaces what is there, and makes the mappings that are missing', async (context) => {
  const folder = await JobFolder.with(context, { 'a.yaml': text });
  const job = await folder.job('a.yaml', {
    env: { RATE: '7' },
    set: [
      'name=other',
      'rocketmq.nameserver=127.0.0.1:9876',
      'connectors.in.config.rate=${RATE}',
      'connectors.out.topics.1=v',
      'connectors.out.topics.2=w',
      'connectors.out.config.output=json',
    ],
  });
  const [source, sink] = job.connectors;
  assert.equal(job.name, 'other');
  assert.deepEqual(job.cluster.kind === 'nameserver' && job.cluster.nameservers, ['127.0.0.1:9876']);
  assert.ok(sink?.kind === 'sink');
  assert.ok(source?.kind === 'source');
  assert.equal((source.config as { rate: number }).rate, 7);
  assert.deepEqual(sink.topics, ['t', 'v', 'w']);
  assert.equal((sink.config as { output: string }).output, 'json');
});

test('with several files, a value for a connector goes to the file that has it, others to all', async (context) => {
  const folder = await JobFolder.with(context, {
    'a.yaml': text,
    'b.yaml': 'connectors:\n  more: { source: generate, topic: t }\n',
  });
  const loaded = await folder.load([''], { set: ['connectors.more.tasks=3', 'rocketmq.nameserver=mq'] });
  assert.deepEqual(folder.rendered(loaded), []);
  assert.deepEqual(
    loaded.jobs.map(({ cluster, connectors }) => [cluster.kind, connectors.map(({ tasks }) => tasks)]),
    [
      ['nameserver', [1, 1]],
      ['nameserver', [3]],
    ],
  );
  const wrong = await folder.load([''], { set: ['connectors.mor.tasks=3'] });
  assert.deepEqual(wrong.jobs, []);
  assert.deepEqual(folder.rendered(wrong), [
    '--set:1:22  no job has a connector mor  (connectors.mor.tasks)  → did you mean more?',
  ]);
});

test('a problem that a value makes in several files is said once', async (context) => {
  const folder = await JobFolder.with(context, {
    'a.yaml': text,
    'b.yaml': 'connectors:\n  more: { source: generate, topic: t }\n',
  });
  const loaded = await folder.load([''], { set: ['rocketmq.nameserver=a b'] });
  assert.equal(loaded.problems.length, 1);
  assert.match(folder.rendered(loaded)[0] ?? '', /^--set:1:21 {2}nameserver has a host/);
});
