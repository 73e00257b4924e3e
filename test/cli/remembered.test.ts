import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { forgetConnector } from '../../src/cli/commands/connectors-forget.js';
import { queryConnectors } from '../../src/cli/commands/connectors-list.js';
import { queryTasks } from '../../src/cli/commands/tasks-list.js';
import { rememberedConnectors } from '../../src/cli/remembered.js';
import { DataDir, type ConnectorStatus, type State, type StoredDefinition } from '../../src/store/index.js';
import { temporaryFolder } from '../temp-folder.js';

const at = '2026-01-31T12:00:00.000Z';

const none = { skipped: 0, dead_lettered: 0, retried: 0 };

function statusOf(connector: string, pid: number, states: readonly State[]): ConnectorStatus {
  return {
    version: 1,
    connector,
    kind: 'source',
    wanted: 'running',
    job: 'job',
    state: states[0] ?? 'running',
    tasks: states.map((state, task) => ({
      connector,
      task,
      kind: 'source',
      wanted: 'running',
      state,
      partitions: ['a.log'],
      records: 10,
      ...none,
      errors: 0,
      error: null,
      failures: [],
      detail: null,
      missed: 0,
      since: at,
    })),
    records: 20,
    ...none,
    rate: { now: 5, m1: 4, m10: null },
    last_record_at: at,
    unacknowledged: null,
    redelivered: null,
    group: null,
    route: null,
    pid,
    updated_at: at,
  };
}

async function ranHere(
  dataDir: DataDir,
  name: string,
  pid: number,
  states: readonly State[],
  origin: StoredDefinition['origin'] = 'file',
): Promise<void> {
  const store = dataDir.connector(name);
  await store.create();
  await store.definition.write(
    {
      version: 1,
      connector: name,
      kind: 'source',
      job: 'job',
      file: '/job.yaml',
      raw: {},
      remembered_at: at,
      origin,
    },
    { durable: false },
  );
  await store.status.write(statusOf(name, pid, states), { durable: false });
}

/** No process has it: pids end at 2^22. */
const goneWorker = 2 ** 30;

describe('what a data directory remembers', () => {
  test('while the worker runs, is as it says', async (t) => {
    const dataDir = new DataDir(await temporaryFolder(t));
    const lock = await dataDir.lock();
    await ranHere(dataDir, 'a', process.pid, ['running', 'restarting']);
    const [connector] = (await rememberedConnectors(dataDir)).connectors;
    assert.equal(connector?.live, true);
    assert.equal(connector.status?.rate.now, 5);
    assert.deepEqual(
      connector.status.tasks.map(({ state }) => state),
      ['running', 'restarting'],
    );
    await lock.release();
  });

  test('when the worker is gone, nothing runs any more; how tasks ended stays', async (t) => {
    const dataDir = new DataDir(await temporaryFolder(t));
    await ranHere(dataDir, 'a', goneWorker, ['running', 'finished', 'failed', 'restarting']);
    const { tasks } = (await queryTasks(dataDir)).result;
    assert.deepEqual(
      tasks.map(({ state, wanted, records, since }) => [state, wanted, records, since !== null]),
      [
        ['stopped', 'running', 10, false],
        ['finished', 'running', 10, true],
        ['failed', 'running', 10, true],
        ['stopped', 'running', 10, false],
      ],
    );
    const [connector] = (await rememberedConnectors(dataDir)).connectors;
    assert.deepEqual(connector?.status?.rate, { now: null, m1: null, m10: null });
    assert.equal(connector.status.state, 'stopped');
  });

  test('a status in the form of another version is left aside, and a broken one is named', async (t) => {
    const dataDir = new DataDir(await temporaryFolder(t));
    for (const name of ['older', 'newer', 'broken']) await ranHere(dataDir, name, goneWorker, ['finished']);
    await writeFile(dataDir.connector('older').status.path, '{"version":1,"connector":"older"}');
    await writeFile(dataDir.connector('newer').status.path, '{"version":2,"connector":"newer"}');
    await writeFile(dataDir.connector('broken').status.path, '{"version":1,"conn');
    const { connectors, notes, unreadable } = await rememberedConnectors(dataDir);
    assert.deepEqual(
      connectors.map(({ name, status }) => [name, status]),
      [
        ['broken', null],
        ['newer', null],
        ['older', null],
      ],
    );
    assert.deepEqual(notes.map((note) => note.split(':')[0]).sort(), ['newer', 'older']);
    assert.deepEqual(
      unreadable.map(({ connector }) => connector),
      ['broken'],
    );
  });

  test('an unknown name is refused with the known ones', async (t) => {
    const dataDir = new DataDir(await temporaryFolder(t));
    await ranHere(dataDir, 'a', goneWorker, ['finished']);
    await assert.rejects(rememberedConnectors(dataDir, ['b']), { exitCode: 2, hint: 'it remembers: a' });
  });

  test('says which job file a connector is in, and that one made through the API is in none', async (t) => {
    const dataDir = new DataDir(await temporaryFolder(t));
    await ranHere(dataDir, 'a', goneWorker, ['finished']);
    await ranHere(dataDir, 'b', goneWorker, ['finished'], 'api');
    const { connectors } = (await queryConnectors(dataDir)).result;
    assert.deepEqual(
      connectors.map(({ connector, origin, file }) => [connector, origin, file]),
      [
        ['a', 'file', '/job.yaml'],
        ['b', 'api', null],
      ],
    );
  });

  test('is forgotten when asked, unless a worker runs', async (t) => {
    const dataDir = new DataDir(await temporaryFolder(t));
    await ranHere(dataDir, 'a', goneWorker, ['finished']);
    await ranHere(dataDir, 'b', goneWorker, ['finished']);
    const asked = { group: false, cleanup: false, yes: true };
    await assert.rejects(forgetConnector(dataDir, '../connectors/a', asked), { exitCode: 2 });
    const lock = await dataDir.lock();
    await assert.rejects(forgetConnector(dataDir, 'a', asked), { exitCode: 1, code: 'locked' });
    await lock.release();
    await forgetConnector(dataDir, 'a', { ...asked, yes: false });
    assert.deepEqual(await dataDir.connectors(), ['a', 'b']);
    await forgetConnector(dataDir, 'a', asked);
    assert.deepEqual(await dataDir.connectors(), ['b']);
    assert.equal(await dataDir.runningWorker(), null);
  });
});
