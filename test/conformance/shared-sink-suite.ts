/** Two and three workers share the queues of one sink. Runs on any broker. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { SinkOffsets } from '../rig/results.js';
import { until } from '../rig/until.js';
import { sharedQueues, SharedSink } from './shared-sink.js';

const takeoverMs = 30_000;
let topics = 0;

export function sharedSinkSuite(name: string, rig: () => { readonly nameserver: string }): void {
  const open = async (t: TestContext): Promise<SharedSink> => {
    topics += 1;
    const sink = await SharedSink.open(rig().nameserver, `shared-${String(topics)}`);
    t.after(() => sink.close());
    return sink;
  };

  describe(`a sink that several workers share: ${name}`, { concurrency: 1 }, () => {
    test('workers come and go in good order: nothing is lost, nothing is written twice', async (t) => {
      const sink = await open(t);
      sink.start('a');
      await sink.writes('a', 500);
      sink.start('b');
      await sink.writes('b', 500);
      sink.start('c');
      await sink.writes('c', 500);
      await showsWho(sink, ['a', 'b', 'c']);
      await sink.stop('a');
      await sink.catchesUp(takeoverMs);
      sink.start('a');
      await sink.writes('a', 500);
      await sink.stop('c');
      await sink.load.stop();
      await sink.catchesUp(takeoverMs);
      await Promise.all(['a', 'b'].map((worker) => sink.stop(worker)));
      const ledger = await sink.ledger();
      assert.deepEqual(ledger, { sent: ledger.sent, missing: 0, twice: 0 });
    });

    test('one is killed (-9): another takes over within 30 s, nothing is lost', async (t) => {
      const sink = await open(t);
      for (const worker of ['a', 'b']) {
        sink.start(worker);
        await sink.writes(worker, 500);
      }
      await sink.kill('b');
      const ms = await sink.catchesUp(takeoverMs);
      const { twice } = await sink.ledger();
      t.diagnostic(`taken over after ${(ms / 1000).toFixed(1)} s, ${String(twice)} written twice`);
      sink.start('b');
      await sink.writes('b', 500);
      await sink.load.stop();
      await sink.catchesUp(takeoverMs);
      await Promise.all(['a', 'b'].map((worker) => sink.stop(worker)));
      const ledger = await sink.ledger();
      // A file sink that comes back cuts off what it had not committed: what was twice may be once again.
      assert.ok(ledger.twice <= twice, 'nothing more, now that all is in good order');
      assert.equal(ledger.missing, 0);
    });

    test('one that is killed (-9) and started again goes on at once', async (t) => {
      const sink = await open(t);
      sink.start('a');
      await sink.writes('a', 500);
      await sink.kill('a');
      sink.start('a');
      // Locks of its own former life would hold it up for a minute.
      const ms = await sink.catchesUp(takeoverMs);
      t.diagnostic(`went on after ${(ms / 1000).toFixed(1)} s`);
      await sink.load.stop();
      await sink.stop('a');
    });
  });
}

/** Each of them says which queues it reads, and who reads the others. */
async function showsWho(sink: SharedSink, workers: readonly string[]): Promise<void> {
  const members = new Map<string, string>();
  for (const worker of workers) {
    const queues = await until(`the tasks of ${worker}`, async () => {
      const { tasks, groups } = await sink.tasks(worker);
      const [group] = groups;
      if (group?.members.length !== workers.length || group.awaited > 0) return undefined;
      members.set(worker, group.member);
      const own = tasks.flatMap(({ partitions }) => partitions).filter((at) => at.startsWith(sink.topic));
      return own.length <= Math.ceil(sharedQueues / workers.length) ? own : undefined;
    });
    const { connectors } = await sink.offsets(worker);
    const [shown] = connectors as readonly SinkOffsets[];
    assert.equal(shown?.member, members.get(worker));
    const here = (shown?.queues ?? []).filter(({ member }) => member === shown?.member);
    assert.deepEqual(
      here.map(({ topic, broker, queue }) => `${topic}/${broker}/${String(queue)}`).sort(),
      queues.sort(),
    );
  }
  assert.equal(new Set(members.values()).size, workers.length);
}
