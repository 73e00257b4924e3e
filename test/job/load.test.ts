import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { loadJobs } from '../../src/job/load.js';
import { renderProblem } from '../../src/job/problem.js';
import { plugins } from '../../connectors/index.js';
import { JobFolder } from './job-folder.js';

const full = `
name: access-log
rocketmq:
  nameserver: [10.0.0.1, "[::1]:9877;mq.example.org:9878"]
  access_key: me
  secret_key: "12345678"
  address_map: { 172.17.0.2:10911: 127.0.0.1:10911 }
create_topics: false
topic_queues: 8
connectors:
  read-log:
    source: file
    topic: access-log
    tasks: 2
    format: bytes
    order: none
    create_topics: true
    config: { path: ./logs/*.log }
  archive:
    sink: file
    topics: [access-log, "%DLQ%other"]
    group: my-group
    from: 2026-01-31T08:00:00+01:00
    format: json
    transforms:
      - filter: { field: level, equals: error }
      - drop: [key]
    config: { path: ./out/archive.txt }
`;

test('a job file says all there is to say', async (context) => {
  const folder = await JobFolder.with(context, { 'a.yaml': full });
  const job = await folder.job('a.yaml');
  assert.equal(job.name, 'access-log');
  assert.equal(job.file, folder.file('a.yaml'));
  assert.equal(job.baseDir, folder.path);
  assert.deepEqual(job.cluster, {
    kind: 'nameserver',
    nameservers: ['10.0.0.1:9876', '[::1]:9877', 'mq.example.org:9878'],
    accessKey: 'me',
    secretKey: '12345678',
    addressMap: { '172.17.0.2:10911': '127.0.0.1:10911' },
  });
  const [read, archive] = job.connectors;
  assert.ok(read?.kind === 'source' && archive?.kind === 'sink');
  assert.deepEqual(
    [read.topic, read.tasks, read.format.name, read.order, read.createTopics, read.plugin, read.job],
    ['access-log', 2, 'bytes', 'none', { queues: 8 }, 'file', 'access-log'],
  );
  assert.equal((read.config as { follow: boolean }).follow, true);
  assert.deepEqual(archive.topics, ['access-log', '%DLQ%other']);
  assert.deepEqual(
    [archive.group, archive.from, archive.createTopics, archive.format.name],
    ['my-group', Date.UTC(2026, 0, 31, 7), null, 'json'],
  );
  assert.deepEqual(
    archive.transforms.map(({ name }) => name),
    ['filter', 'drop'],
  );
});

test('what is not said has a default', async (context) => {
  const folder = await JobFolder.with(context, {
    'my.first job.yml':
      'connectors:\n  in: { source: generate, topic: t }\n  out: { sink: console, topic: t, config: }\n',
  });
  const job = await folder.job('my.first job.yml');
  assert.equal(job.name, 'my-first-job');
  assert.deepEqual(job.cluster, { kind: 'embedded' });
  const [read, write] = job.connectors;
  assert.ok(read?.kind === 'source' && write?.kind === 'sink');
  assert.deepEqual(
    [read.tasks, read.format.name, read.order, read.createTopics, read.transforms],
    [1, 'text', 'partition', { queues: 4 }, []],
  );
  assert.deepEqual([write.topics, write.group, write.from], [['t'], 'connect-out', 'earliest']);
});

test('anchors and merge keys are followed', async (context) => {
  const folder = await JobFolder.with(context, {
    'a.yaml':
      'connectors:\n  one: &one\n    sink: console\n    topic: t\n    format: json\n' +
      '  two:\n    <<: *one\n    format: bytes\n',
  });
  const { connectors } = await folder.job('a.yaml');
  assert.deepEqual(
    connectors.map((one) => [one.name, one.kind === 'sink' && one.format.name]),
    [
      ['one', 'json'],
      ['two', 'bytes'],
    ],
  );
});

test('a file that aliases would blow up is refused', async (context) => {
  const levels = Array.from({ length: 12 }, (_, n) => `  l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(10)}]\n`);
  const folder = await JobFolder.with(context, {
    'a.yaml': `connectors:\n  l0: &l0 [1,2,3,4,5,6,7,8,9,0]\n${levels.join('')}`,
  });
  const loaded = await folder.load(['a.yaml']);
  assert.deepEqual(loaded.jobs, []);
  assert.match(folder.rendered(loaded).join('\n'), /aliases make the file too large/);
});

test('a warning does not keep a job from running', async (context) => {
  const folder = await JobFolder.with(context, {
    'a.yaml': 'connectors:\n  in:\n    source: file\n    topic: t\n    config: { path: none.txt }\n',
  });
  const loaded = await folder.load(['a.yaml']);
  assert.equal(loaded.jobs.length, 1);
  assert.match(folder.rendered(loaded).join('\n'), /^a\.yaml:5:15 {2}warning: none\.txt/);
});

const job = (name: string, connector: string, config = ''): string =>
  `name: ${name}\nconnectors:\n  ${connector}:\n    sink: console\n    topic: t\n${config}`;

test('a folder gives its yaml files by name, and a file given twice counts once', async (context) => {
  const folder = await JobFolder.with(context, {
    'b.yaml': job('b', 'two'),
    'a.yml': job('a', 'one'),
    'note.txt': 'not a job',
    '.hidden.yaml': 'not: a job',
  });
  const loaded = await folder.load(['', 'a.yml']);
  assert.deepEqual(folder.rendered(loaded), []);
  assert.deepEqual(
    loaded.jobs.map(({ name }) => name),
    ['a', 'b'],
  );
});

test('names are unique over all files, and the rest still loads', async (context) => {
  const folder = await JobFolder.with(context, {
    'a.yaml': job('same', 'one'),
    'b.yaml': job('same', 'two'),
    'c.yaml': job('c', 'one', '    group: other\n'),
  });
  const loaded = await folder.load(['']);
  assert.deepEqual(
    loaded.jobs.map(({ file }) => path.basename(file)),
    ['a.yaml'],
  );
  assert.deepEqual(folder.rendered(loaded), [
    'b.yaml:1:1  the job in a.yaml is called same too  (name)  → give each job a name of its own with name:',
    'c.yaml:3:3  the connector one is in a.yaml too  (connectors.one)  → names are unique over all jobs',
  ]);
});

test('a file that one job writes is not for another one', async (context) => {
  const sink = (name: string): string =>
    `name: ${name}\nconnectors:\n  to-${name}:\n    sink: file\n    topic: t\n`;
  const config = '    config: { path: shared.txt }\n';
  const folder = await JobFolder.with(context, {
    'a.yaml': sink('a') + config,
    'b.yaml': sink('b') + config,
  });
  const loaded = await folder.load(['']);
  assert.equal(loaded.jobs.length, 1);
  assert.deepEqual(folder.rendered(loaded), [
    'b.yaml:6:5  to-a writes shared.txt too  (connectors.to-b.config)  → use another path',
  ]);
});

test('one consumer group may serve two clusters, but not two sinks of one', async (context) => {
  const at = (name: string, server: string): string =>
    `${job(name, `to-${name}`, '    group: g\n')}rocketmq: { nameserver: "${server}" }\n`;
  const folder = await JobFolder.with(context, {
    'a.yaml': at('a', 'one:1;two'),
    'b.yaml': at('b', 'three'),
    'c.yaml': at('c', 'two;one:1'),
  });
  const loaded = await folder.load(['']);
  assert.deepEqual(folder.rendered(loaded), [
    'c.yaml:6:5  to-a has the consumer group g too  (connectors.to-c.group)  → give each sink a group of its own',
  ]);
});

test('paths that lead nowhere, empty folders and files that are no text are problems', async (context) => {
  const folder = await JobFolder.with(context, {});
  await mkdir(folder.file('empty'));
  const latin = await JobFolder.with(context, {});
  await import('node:fs/promises').then((fs) =>
    fs.writeFile(latin.file('l.yaml'), Buffer.from([0x61, 0xff])),
  );
  const loaded = await loadJobs([folder.file('no.yaml'), folder.file('empty'), latin.file('l.yaml')], {
    plugins,
    env: {},
  });
  assert.deepEqual(loaded.jobs, []);
  assert.deepEqual(
    loaded.problems.map(({ message }) => message),
    ['there is no such file or folder', 'there is no job file in the folder', 'the file is not UTF-8 text'],
  );
});

test('a problem is rendered with its file relative to the folder one is in', () => {
  const problem = {
    severity: 'error',
    line: 3,
    column: 5,
    path: 'a.b',
    message: 'what',
    hint: 'do',
  } as const;
  const line = (file: string): string => renderProblem({ ...problem, file }, '/home/me');
  assert.equal(line('/home/me/jobs/a.yaml'), 'jobs/a.yaml:3:5  what  (a.b)  → do');
  assert.equal(line('/home/you/a.yaml'), '/home/you/a.yaml:3:5  what  (a.b)  → do');
  assert.equal(line('--set'), '--set:3:5  what  (a.b)  → do');
});

test("a mirror has two clusters, of which one may be the job's", async (context) => {
  const folder = await JobFolder.with(context, {
    'a.yaml':
      'rocketmq: { nameserver: west-1 }\nconnectors:\n  route:\n    mirror: rocketmq\n    tasks: 2\n    config:\n' +
      '      from: { name: east, nameserver: [east-1, "east-2:9877"], access_key: abc, secret_key: def }\n' +
      '      to: { name: west }\n      topics: [orders, "payments_*"]\n      start: 2026-01-31T08:00:00Z\n' +
      '      sync: { topics_ms: 1000 }\n',
  });
  const [route] = (await folder.job('a.yaml')).connectors;
  assert.ok(route?.kind === 'mirror');
  assert.deepEqual(route.from, {
    name: 'east',
    cluster: {
      kind: 'nameserver',
      nameservers: ['east-1:9876', 'east-2:9877'],
      accessKey: 'abc',
      secretKey: 'def',
      addressMap: undefined,
    },
  });
  assert.equal(route.to.name, 'west');
  assert.deepEqual(route.to.cluster.kind === 'nameserver' && route.to.cluster.nameservers, ['west-1:9876']);
  assert.deepEqual([route.topics, route.exclude, route.groups], [['orders', 'payments_*'], [], []]);
  assert.deepEqual([route.rename, route.queues, route.bornTime], ['{topic}', 'same', 'property']);
  assert.equal(route.start, Date.parse('2026-01-31T08:00:00Z'));
  assert.deepEqual(route.sync, { offsetsMs: 10_000, topicsMs: 1_000, groups: true });
  assert.deepEqual([route.onGap, route.delivery], ['fail', 'exactly_once']);
});
