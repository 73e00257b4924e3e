import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { plugins } from '../../connectors/index.js';
import { rememberable, restoreConnector, type Remembered } from '../../src/job/remember.js';
import { ConnectorError } from '../../src/sdk/index.js';
import { JobFolder } from './job-folder.js';

const text = `
rocketmq:
  nameserver: \${NAMESERVER}
  access_key: \${KEY}
  secret_key: \${file:secret.txt}
topic_queues: 2
connectors:
  in:
    source: generate
    topic: t
    tasks: \${TASKS:-2}
    config: { template: "\${NUMBER}" }
  out: { sink: console, topics: [t], from: 2026-01-31, transforms: [{ filter: { field: value, matches: a$ } }] }
`;
const env = { NAMESERVER: 'mq', KEY: 'the-key', NUMBER: '5' };

test('connectors come back without their job file, as the environment is then', async (context) => {
  const folder = await JobFolder.with(context, { 'a.yaml': text, 'secret.txt': 'the-secret\n' });
  const job = await folder.job('a.yaml', { env, set: ['connectors.in.topic=u'] });
  const kept = JSON.parse(JSON.stringify(rememberable(job))) as readonly Remembered[];
  assert.deepEqual(
    kept.map(({ connector, file, job: name }) => [connector, file, name]),
    [
      ['in', folder.file('a.yaml'), 'a'],
      ['out', folder.file('a.yaml'), 'a'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(kept), /the-key|the-secret/);
  assert.doesNotMatch(JSON.stringify(kept[0]), /console/);
  await rm(folder.file('a.yaml'));
  const [first, second] = kept;
  assert.ok(first !== undefined && second !== undefined);
  const source = await restoreConnector(first.raw, { ...env, TASKS: '7' }, plugins);
  assert.deepEqual(source.cluster, job.cluster);
  assert.ok(source.connector.kind === 'source');
  assert.deepEqual(
    [source.connector.topic, source.connector.tasks, source.connector.job, source.connector.createTopics],
    ['u', 7, 'a', { queues: 2 }],
  );
  // Quotes made it text, and they are gone from the JSON.
  assert.equal((source.connector.config as { template: unknown }).template, '5');
  const sink = await restoreConnector(second.raw, env, plugins);
  assert.deepEqual(JSON.parse(JSON.stringify(sink.connector)), JSON.parse(JSON.stringify(job.connectors[1])));
});

test('what is missing in the environment is named', async (context) => {
  const folder = await JobFolder.with(context, { 'a.yaml': text, 'secret.txt': 'x' });
  const [kept] = rememberable(await folder.job('a.yaml', { env }));
  assert.ok(kept !== undefined);
  await assert.rejects(restoreConnector(kept.raw, { NAMESERVER: 'mq', NUMBER: '1' }, plugins), (error) => {
    assert.ok(error instanceof ConnectorError);
    assert.equal(error.code, 'config');
    assert.match(error.message, /environment variable KEY is not set/);
    return true;
  });
});

test('what cannot be read is refused', async () => {
  for (const raw of [
    {},
    { version: 2, file: 'a', value: {}, quoted: [] },
    { version: 1, file: 'a', quoted: [] },
  ]) {
    await assert.rejects(restoreConnector(raw, {}, plugins), { name: 'ConnectorError', code: 'config' });
  }
});
