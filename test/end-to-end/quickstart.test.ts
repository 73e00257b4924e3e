import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cliJson, runCli } from '../rig/cli.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { quickstartIn } from '../rig/quickstart.js';
import { sinkQueues, type Lag, type OffsetsShow, type TasksList } from '../rig/results.js';

describe('the quickstart', () => {
  test('moves records with no RocketMQ at all, and the commands it names then work as they are', async (t) => {
    const cwd = await ownedFolder('quickstart');
    t.after(() => removeFolder(cwd));
    await quickstartIn(cwd);
    const ended = await runCli(['run', 'examples/quickstart.yaml', '--once'], { cwd });
    assert.equal(ended.code, 0, ended.stderr);
    for (const command of ['offsets show', 'tasks list', 'lag']) {
      assert.match(ended.stderr, new RegExp(`rmq-connect ${command}`), 'it says what to try next');
      const shown = await runCli(command.split(' '), { cwd });
      assert.equal(shown.code, 0, shown.stderr);
      assert.notEqual(shown.stdout, '');
    }
    const queues = sinkQueues(await cliJson<OffsetsShow>(['offsets', 'show'], { cwd }));
    const moved = queues.reduce((sum, { offset }) => sum + (offset ?? 0), 0);
    assert.ok(moved > 0);
    assert.equal(
      moved,
      queues.reduce((sum, { max }) => sum + max, 0),
    );
    const { tasks } = await cliJson<TasksList>(['tasks', 'list'], { cwd });
    const written = tasks
      .filter(({ kind }) => kind === 'sink')
      .reduce((sum, { records }) => sum + records, 0);
    assert.equal(written, moved);
    assert.equal((await cliJson<Lag>(['lag'], { cwd })).total.records, 0);
  });
});
