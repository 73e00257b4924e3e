/** What no other worker's API has: dead letters, routes between clusters, and whether all is well. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { town } from '../mirror/mirror-bench.js';
import { until } from '../rig/until.js';
import { serviceFolder, startService, type Service } from './service.js';
import { becomes, source } from './whole-life.js';

interface Group {
  readonly connector: string;
  readonly stage: string;
  readonly state: string;
  readonly count: number;
}
interface Letter {
  readonly id: string;
  readonly record: { readonly body: string };
}

const create = async (service: Service, name: string, config: object): Promise<void> => {
  const { status, body } = await service.ask('POST', '/connectors', { name, config });
  assert.equal(status, 201, JSON.stringify(body));
};

test('dead letters are counted, shown and replayed, all or by their ids, and not twice', async (t) => {
  const folder = await serviceFolder(t);
  const service = await startService(t, folder);
  await writeFile(join(folder, 'in.txt'), '{"n":1}\nbad\nworse\n');
  await create(service, 'in', source);
  const errors = { tolerance: 'dead_letter' };
  const config = { path: 'out.txt' };
  const json = { sink: 'file', topic: 't', format: 'json', errors, config };
  await create(service, 'out', json);
  const groups = async (query = ''): Promise<readonly Group[]> =>
    ((await service.ask('GET', `/dlq${query}`)).body as { groups: Group[] }).groups;
  const counts = async (query = ''): Promise<readonly (readonly [string, string, number])[]> =>
    (await groups(query)).map(({ stage, state, count }) => [stage, state, count]);
  await until('two letters', async () =>
    (await groups()).some(({ count }) => count === 2) ? true : undefined,
  );
  assert.deepEqual(await counts('?connector=out&stage=convert'), [['convert', 'waiting', 2]]);
  assert.deepEqual(await counts('?stage=write'), []);
  const letters = async (query: string): Promise<readonly Letter[]> =>
    ((await service.ask('GET', `/dlq/out${query}`)).body as { letters: Letter[] }).letters;
  const both = await letters('?limit=10');
  assert.deepEqual(both.map(({ record }) => record.body).sort(), ['bad', 'worse']);
  const [first] = both;
  assert.ok(first !== undefined);
  assert.deepEqual(await letters(`?id=${encodeURIComponent(first.id)}`), [first]);

  // As text they can be written.
  const text = await service.ask('PUT', '/connectors/out/config', { ...json, format: 'text' });
  assert.equal(text.status, 200);
  const replay = async (body: object): Promise<number> => {
    const answer = await service.ask('POST', '/dlq/out/replay', body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { connectors } = answer.body as { connectors: { replayed: number }[] };
    return connectors.reduce((sum, { replayed }) => sum + replayed, 0);
  };
  assert.equal(await replay({ ids: [first.id], to_connector: true }), 1);
  assert.equal(await replay({}), 1);
  assert.equal(await replay({}), 0);
  await until('both are written', async () => {
    const lines = (await readFile(join(folder, 'out.txt'), 'utf8')).split('\n');
    return lines.includes('bad') && lines.includes('worse') ? true : undefined;
  });
  assert.deepEqual(await counts(), [['convert', 'replayed', 2]]);
  assert.equal((await service.ask('GET', '/dlq/nobody')).status, 404);
  assert.equal((await service.ask('POST', '/dlq/out/replay', { ids: [] })).status, 400);
  const unknown = await service.ask('POST', '/dlq/out/replay', { ids: [first.id, 'no-such'], again: true });
  const refused = unknown.body as { error_code: number; error: { code: string; message: string } };
  assert.deepEqual(
    [unknown.status, refused.error_code, refused.error.code, refused.error.message],
    [404, 404, 'unknown_letter', 'there is no dead letter no-such'],
  );
  assert.equal((await service.stop()).code, 0, service.output());
});

test('a route between clusters is told with where it goes and how far behind it is', async (t) => {
  const [east, west] = [await town(t, 'east'), await town(t, 'west')];
  const service = await startService(t, await serviceFolder(t));
  assert.deepEqual((await service.ask('GET', '/mirrors')).body, { mirrors: [] });
  await east.cluster.admin.createTopic({ topic: 'orders', queues: 1 });
  const from = { name: 'east', nameserver: east.nameserver };
  const to = { name: 'west', nameserver: west.nameserver };
  await create(service, 'route', {
    mirror: 'rocketmq',
    config: { from, to, topics: ['orders'], sync: { topics_ms: 200 } },
  });
  await becomes(service, 'route', 'RUNNING');
  const route = await until('its lag is known', async () => {
    const { body } = await service.ask('GET', '/mirrors');
    const [one] = (body as { mirrors: { lag: { records: number | null } }[] }).mirrors;
    return one?.lag.records === 0 ? one : undefined;
  });
  const { connector, kind, ...rest } = route as unknown as Record<string, unknown>;
  assert.deepEqual([connector, kind], ['route', 'mirror']);
  const where = { from: rest.from, to: rest.to, topics: rest.topics };
  assert.deepEqual(where, { from: 'east', to: 'west', topics: ['orders'] });
  const { connectors } = (await service.ask('GET', '/lag')).body as { connectors: { connector: string }[] };
  assert.deepEqual(
    connectors.map((one) => one.connector),
    ['route'],
  );
  assert.equal((await service.stop()).code, 0, service.output());
});

test('a worker is ready where all runs that is to run; else 503 says who does not, and to the trusted why', async (t) => {
  const folder = await serviceFolder(t);
  await writeFile(join(folder, 'token'), 'a-token-of-the-tests');
  const service = await startService(t, folder, { args: ['--api-token-file', 'token'] });
  const trusted = { authorization: 'Bearer a-token-of-the-tests' };
  const ready = (): ReturnType<Service['ask']> => service.ask('GET', '/readyz', undefined, trusted);
  assert.deepEqual((await ready()).body, { status: 'ready', connectors: [] });
  await writeFile(join(folder, 'in.txt'), 'no json\n');
  const entries = {
    in: source,
    out: { sink: 'file', topic: 't', format: 'json', max_restarts: 0, config: { path: 'out.txt' } },
  };
  for (const [name, config] of Object.entries(entries)) {
    assert.equal((await service.ask('POST', '/connectors', { name, config }, trusted)).status, 201);
  }
  const failed = await until('the sink has failed', async () => {
    const answer = await ready();
    const { connectors } = answer.body as { connectors: { connector: string; state: string }[] };
    return answer.status === 503 && connectors.every(({ state }) => state === 'failed') ? answer : undefined;
  });
  const { connectors } = failed.body as { connectors: { connector: string; reason: string }[] };
  assert.deepEqual(
    connectors.map((one) => one.connector),
    ['out'],
  );
  assert.match(connectors[0]?.reason ?? '', /^bad_data: .*is not JSON/);
  const anybody = await service.ask('GET', '/readyz');
  assert.deepEqual([anybody.status, anybody.body], [503, { status: 'not ready', connectors: [] }]);
  await service.ask('PUT', '/connectors/out/stop', undefined, trusted);
  await until('what is not wanted is not waited for', async () =>
    (await ready()).status === 200 ? true : undefined,
  );
  assert.equal((await service.ask('GET', '/healthz')).status, 200);
  await service.stop();
});
