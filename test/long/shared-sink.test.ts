/** Three workers share a sink under load, and one of them is killed every 20 s for three minutes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbeddedBroker } from '../../src/broker/embedded-broker.js';
import { SharedSink } from '../conformance/shared-sink.js';
import { ownedFolder, removeFolder } from '../rig/owned.js';
import { startRocketmq } from '../rig/rocketmq.js';

const workers = ['a', 'b', 'c'] as const;
const everyMs = 20_000;
const kills = 9;
const takeoverMs = 30_000;

interface Broker {
  readonly nameserver: string;
  close(): Promise<void>;
}

const brokers: readonly (readonly [string, () => Promise<Broker>])[] = [
  [
    'the embedded broker',
    async () => {
      const folder = await ownedFolder('shared-broker');
      const broker = await startEmbeddedBroker({ dir: folder });
      const close = async (): Promise<void> => {
        await broker.close();
        await removeFolder(folder);
      };
      return { nameserver: broker.address, close };
    },
  ],
  [
    'a real RocketMQ',
    async () => {
      const rocketmq = await startRocketmq({ name: 'shared' });
      return { nameserver: rocketmq.nameserver, close: () => rocketmq.stop() };
    },
  ],
];

for (const [name, start] of brokers) {
  describe(`a shared sink, killed again and again: ${name}`, () => {
    let broker: Broker;
    before(async () => {
      broker = await start();
    });
    after(() => broker.close());

    test('nothing is lost, others take over within 30 s', async (t) => {
      const sink = await SharedSink.open(broker.nameserver, 'killed-again');
      t.after(() => sink.close());
      for (const worker of workers) {
        sink.start(worker);
        await sink.writes(worker, 500);
      }
      let before = (await sink.ledger()).twice;
      assert.equal(before, 0, 'three came in good order');
      for (let kill = 0; kill < kills; kill += 1) {
        const next = pause(everyMs);
        const worker = workers[kill % workers.length] ?? 'a';
        await sink.kill(worker);
        const ms = await sink.catchesUp(takeoverMs);
        const { sent, twice } = await sink.ledger();
        t.diagnostic(
          `kill ${String(kill + 1)} (${worker}): taken over after ${(ms / 1000).toFixed(1)} s; ` +
            `${String(twice - before)} of ${String(sent)} records written twice by it`,
        );
        before = twice;
        sink.start(worker);
        await Promise.all([sink.writes(worker, 500), next]);
        const after = (await sink.ledger()).twice;
        // A file sink that comes back cuts off what it had not committed: what was twice may be once again.
        assert.ok(after <= before, `nothing is written twice when ${worker} is back`);
        before = after;
      }
      await sink.load.stop();
      await sink.catchesUp(takeoverMs);
      await Promise.all(workers.map((worker) => sink.stop(worker)));
      const ledger = await sink.ledger();
      t.diagnostic(`${String(ledger.twice)} of ${String(ledger.sent)} records written twice in all`);
      assert.equal(ledger.missing, 0);
      assert.ok(ledger.twice <= before, 'they ended in good order');
    });
  });
}
