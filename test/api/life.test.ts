/** The life of connectors through the API of a worker that was started with none. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../rig/cli.js';
import { until } from '../rig/until.js';
import { serviceFolder, startService } from './service.js';
import { becomes, lifeOfKafka, sink, source, statusOf } from './whole-life.js';

test('created, paused, changed, moved, restarted with the worker, and removed', (t) => lifeOfKafka(t));

test('a connector of a job file is marked, and the file wins at the next start', async (t) => {
  const folder = await serviceFolder(t);
  await writeFile(join(folder, 'in.txt'), 'a\n');
  const job = { connectors: { in: source } };
  await writeFile(join(folder, 'job.yaml'), JSON.stringify(job));
  let service = await startService(t, folder, { args: ['job.yaml'] });
  const { body, headers } = await service.ask('PUT', '/connectors/in/config', { ...source, tasks: 3 });
  assert.equal((body as { config: { tasks: number } }).config.tasks, 3);
  assert.match(headers.get('x-rmq-connect-notice') ?? '', /job\.yaml/);
  await service.ask('PUT', '/connectors/in/pause');
  await becomes(service, 'in', 'PAUSED');
  await service.stop();
  service = await startService(t, folder, { args: ['job.yaml'] });
  assert.deepEqual((await service.ask('GET', '/connectors/in/config')).body, source);
  assert.equal((await statusOf(service, 'in')).connector.state, 'PAUSED');
  await service.stop();
});

test('one made through the API that cannot run any more is shown as failed with why, and can be mended', async (t) => {
  const folder = await serviceFolder(t);
  let service = await startService(t, folder);
  const config = { ...sink, group: 'g' };
  assert.equal((await service.ask('POST', '/connectors', { name: 'made', config })).status, 201);
  await service.stop();
  const written = { ...config, config: { path: 'other.txt' } };
  await writeFile(join(folder, 'job.yaml'), JSON.stringify({ connectors: { written } }));
  service = await startService(t, folder, { args: ['job.yaml'] });
  await becomes(service, 'made', 'FAILED');
  const { tasks } = await statusOf(service, 'made');
  assert.match(tasks[0]?.trace ?? '', /cannot be started: written has the consumer group g too/);
  const listed = await until('it is listed', async () => {
    const { stdout } = await runCli(['tasks', 'list', '--data-dir', 'data'], { cwd: folder });
    return /made .*failed.*written has the consumer group g too/.exec(stdout)?.[0];
  });
  assert.ok(listed.length > 0);
  assert.equal((await service.ask('PUT', '/connectors/made/config', config)).status, 400);
  const mended = { ...config, group: 'another' };
  assert.equal((await service.ask('PUT', '/connectors/made/config', mended)).status, 200);
  await becomes(service, 'made', 'RUNNING');
  await service.stop();
});

test('one whose variable is gone is failed and kept as it was, until it can be made again', async (t) => {
  const folder = await serviceFolder(t);
  await writeFile(join(folder, 'in.txt'), 'a\n');
  await writeFile(join(folder, 'variables'), 'WHERE=in.txt\n');
  const env = ['--env', 'variables'];
  let service = await startService(t, folder, { args: env });
  const config = { ...source, config: { path: '${WHERE}' } };
  assert.equal((await service.ask('POST', '/connectors', { name: 'in', config })).status, 201);
  await becomes(service, 'in', 'RUNNING');
  await service.stop();
  await writeFile(join(folder, 'variables'), '');
  service = await startService(t, folder, { args: env });
  await becomes(service, 'in', 'FAILED');
  assert.match((await statusOf(service, 'in')).tasks[0]?.trace ?? '', /cannot be started: .*WHERE/);
  assert.deepEqual((await service.ask('GET', '/connectors/in/config')).body, config);
  await writeFile(join(folder, 'variables'), 'WHERE=in.txt\n');
  assert.equal((await service.ask('POST', '/connectors/in/restart')).status, 204);
  await becomes(service, 'in', 'RUNNING');
  await service.stop();
});

test('secrets are not told, and what was told can be given back', async (t) => {
  const folder = await serviceFolder(t);
  const service = await startService(t, folder);
  const password = 'hunter2-hunter2';
  const config = {
    source: 'redis',
    topic: 't',
    config: { url: `redis://u:${password}@127.0.0.1:1`, keys: ['s'] },
  };
  const created = await service.ask('POST', '/connectors', { name: 'r', config, initial_state: 'PAUSED' });
  assert.equal(created.status, 201, JSON.stringify(created.body));
  const told = await service.ask('GET', '/connectors/r/config');
  const put = await service.ask('PUT', '/connectors/r/config', told.body);
  assert.equal(put.status, 200);
  const wrong = await service.ask('PATCH', '/connectors/r/config', { config: { keys: 7 } });
  for (const answer of [created, told, put, wrong, await service.ask('GET', '/connectors?expand=info')]) {
    assert.ok(!JSON.stringify(answer.body).includes(password));
  }
  assert.ok((await readFile(join(folder, 'data/connectors/r/definition.json'), 'utf8')).includes(password));
  await service.stop();
});
