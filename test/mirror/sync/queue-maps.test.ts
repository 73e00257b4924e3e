/** The maps of a mirror's queues, on the embedded broker. */
import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { startEmbeddedBroker } from '../../../src/broker/embedded-broker.js';
import { QueueMaps, type Way } from '../../../src/mirror/sync/queue-maps.js';
import type { Cluster, OutMessage, Producer, Queue } from '../../../src/rocketmq/cluster.js';
import { queueName } from '../../../src/rocketmq/queue-name.js';
import { connectCluster } from '../../../src/rocketmq/remoting/connect.js';
import { partitionTag, Stamper } from '../../../src/worker/stamp.js';
import { atEnd, temporaryFolder } from '../../temp-folder.js';

const connector = 'east-to-west';

/** A target, and what a copier does to it: batches with stamps, others' messages between them, things left out. */
class Target {
  readonly source: Queue = { topic: 'orders', broker: 'east', queue: 0 };
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #stamper = new Stamper();
  readonly queue: Queue;
  /** Source offset → target offset. */
  readonly places = new Map<number, number>();
  next = 0;

  constructor(cluster: Cluster, queue: Queue) {
    this.#cluster = cluster;
    this.#producer = cluster.producer('copier');
    this.queue = queue;
  }

  static async start(t: TestContext): Promise<Target> {
    const broker = await startEmbeddedBroker({ dir: await temporaryFolder(t) });
    const cluster = connectCluster({ nameservers: [broker.address] });
    atEnd(t, async () => {
      await cluster.close();
      await broker.close();
    });
    await cluster.admin.createTopic({ topic: 'orders', queues: 1 });
    return new Target(cluster, { topic: 'orders', broker: 'embedded', queue: 0 });
  }

  get way(): Way {
    return { source: this.source, target: this.queue, generation: 0 };
  }

  async copy(count: number, tell?: QueueMaps, { answered = true } = {}): Promise<void> {
    const first = this.next;
    const bodies: (Pick<OutMessage, 'body'> & { properties?: Readonly<Record<string, string>> })[] =
      Array.from({ length: count }, (_, index) => ({ body: Buffer.from(String(first + index)) }));
    const tag = partitionTag(connector, queueName(this.source));
    const span = { from: first, skipped: 0, to: first + count };
    this.#stamper.stamp({ tag, generation: 0 }, span, bodies);
    const { offset } = await this.#producer.send(this.queue, bodies);
    assert.ok(offset !== null);
    for (let index = 0; index < count; index += 1) this.places.set(first + index, offset + index);
    this.next += count;
    const targetFirst = answered ? offset : null;
    tell?.copied({ ...this.way, first, count, targetFirst });
  }

  async others(count: number): Promise<void> {
    await this.#producer.send(
      this.queue,
      Array.from({ length: count }, () => ({ body: Buffer.from('x'), properties: { rc: 'other.p.0' } })),
    );
  }

  leftOut(count: number): void {
    this.next += count;
  }

  /** The topic is deleted and made anew; what was copied is not copied again. */
  async anew(): Promise<void> {
    await this.#cluster.admin.deleteTopic('orders');
    await this.#cluster.admin.createTopic({ topic: 'orders', queues: 1 });
    this.places.clear();
  }

  maps(folder: string, writes = true, traced = true): QueueMaps {
    return this.mapsFrom(0, folder, writes, traced).maps;
  }

  /** Of a target that holds nothing below `min`; `looks` counts how often it is looked at. */
  mapsFrom(
    min: number,
    folder: string,
    writes = true,
    traced = true,
  ): { maps: QueueMaps; looks: () => number } {
    const { admin } = this.#cluster;
    let looks = 0;
    const maps = new QueueMaps({
      folder,
      connector,
      peek: (queue, offset, limit) => {
        looks += 1;
        return admin.peek(queue, Math.max(min, offset), limit);
      },
      ends: async ({ topic }) => {
        const ends = (await admin.topic(topic))?.[0];
        return ends === undefined ? null : { min, max: ends.max };
      },
      writes,
      traced,
    });
    return { maps, looks: () => looks };
  }

  async check(maps: QueueMaps): Promise<void> {
    for (let offset = 0; offset < this.next; offset += 1) {
      let at = offset;
      while (at < this.next && !this.places.has(at)) at += 1;
      const wanted = this.places.get(at);
      const found = await maps.find(this.way, offset);
      if (wanted === undefined) assert.equal(found?.kind, 'end');
      else assert.deepEqual(found, { kind: 'exact', target: wanted }, `source offset ${String(offset)}`);
    }
  }
}

async function copySome(target: Target, maps?: QueueMaps): Promise<void> {
  await target.copy(50, maps);
  await target.others(3);
  await target.copy(1, maps);
  target.leftOut(4);
  await target.copy(70, maps);
  await target.copy(33, maps);
  await target.others(40);
  await target.copy(2, maps);
}

describe('the maps of queues', () => {
  test('are kept in files, whose torn ends and losses are read out of the target', async (t) => {
    const target = await Target.start(t);
    const folder = await temporaryFolder(t);
    const running = target.maps(folder);
    await copySome(target, running);
    await running.flush();
    await target.check(running);
    await target.check(target.maps(folder));

    const [name = ''] = await readdir(join(folder, 'offset-map'));
    const path = join(folder, 'offset-map', name);
    const whole = await readFile(path);
    for (const length of [whole.length - 1, whole.length - 4, 60, 10, 0]) {
      await truncate(path, length);
      await target.check(target.maps(folder));
      await writeFile(path, whole);
    }
    await appendFile(path, '\0\0\0\0zz zz');
    await target.check(target.maps(folder));
    await rm(path);
    const anew = target.maps(folder);
    await target.check(anew);
    await anew.flush();
    assert.ok((await readFile(path)).length > 0, 'it is written anew');
  });

  test('know what was copied behind their back, and what has no answer', async (t) => {
    const target = await Target.start(t);
    const folder = await temporaryFolder(t);
    const first = target.maps(folder);
    await target.copy(20, first);
    await first.flush();
    await target.copy(30);
    const looking = target.maps(folder, false);
    await target.check(looking);
    await target.copy(5, first, { answered: false });
    await target.others(2);
    await target.copy(5, first);
    await target.check(first);
    await target.check(looking);
  });

  test('a parcel whose start the target has dropped costs a few looks, and nothing of it is skipped', async (t) => {
    const target = await Target.start(t);
    for (let parcel = 0; parcel < 5; parcel += 1) await target.copy(400);
    const { maps, looks } = target.mapsFrom(1_700, await temporaryFolder(t));
    assert.equal(await maps.start(target.way), null, 'all that is left is of a parcel without its start');
    assert.equal(await maps.find(target.way, 1_800), null);
    // 300 messages in looks of 32, and one or two for each parcel: twice, as nothing has followed.
    assert.ok(looks() < 40, `${String(looks())} looks`);
    target.leftOut(4);
    await target.copy(10, maps);
    const folder = await temporaryFolder(t);
    const later = target.mapsFrom(1_700, folder);
    assert.deepEqual(await later.maps.find(target.way, 2_007), { kind: 'exact', target: 2_003 });
    assert.ok(later.looks() < 20, `${String(later.looks())} looks`);
    await later.maps.flush();
    for (const known of [maps, later.maps, target.mapsFrom(1_700, folder).maps]) {
      for (let offset = 1_704; offset < 2_000; offset += 1) {
        // Nobody can tell that it was before the next parcel that messages were left out.
        assert.deepEqual(await known.find(target.way, offset), { kind: 'before', target: offset - 4 });
      }
      assert.deepEqual(await known.find(target.way, 1_000), { kind: 'before', target: 1_700 });
      assert.deepEqual(await known.find(target.way, 2_001), { kind: 'before', target: 1_997 });
      assert.deepEqual(await known.find(target.way, 2_004), { kind: 'exact', target: 2_000 });
    }
  });

  test('those of a queue that is another one now are forgotten', async (t) => {
    const target = await Target.start(t);
    const folder = await temporaryFolder(t);
    // What is told here of the next generation is not there.
    const traced = false;
    const maps = target.maps(folder, true, traced);
    await target.copy(20, maps);
    await maps.flush();
    const next = { ...target.way, generation: 1 };
    // From the file, without looking into the target, where messages of the first generation would not count anyhow.
    for (const known of [target.maps(folder, true, traced), maps])
      assert.equal(await known.find(next, 5), null);
    maps.copied({ ...next, first: 0, count: 3, targetFirst: 20 });
    await maps.flush();
    assert.deepEqual(await target.maps(folder, true, traced).find(next, 1), { kind: 'exact', target: 21 });
  });

  for (const others of [0, 7, 500]) {
    test(`those of a target that was made anew are forgotten, and nothing is skipped (${String(others)} of others)`, async (t) => {
      const target = await Target.start(t);
      const folder = await temporaryFolder(t);
      const running = target.maps(folder);
      await copySome(target, running);
      await target.check(running);
      await running.flush();
      const before = target.next;
      await target.anew();
      if (others > 0) await target.others(others);
      await target.copy(30, running);
      // Not flushed, as after a crash: the file tells of the former topic.
      await target.check(target.maps(folder));
      await target.copy(5);
      await target.check(target.maps(folder, false));
      for (let offset = 0; offset < before; offset += 1) {
        const found = await running.find(target.way, offset);
        assert.ok(found !== null && found.target <= others, `source offset ${String(offset)}`);
      }
      await running.flush();
      // Where others were faster, what lies before them is still told of the former topic: that is too early, not too late.
      if (others === 0) await target.check(target.maps(folder));
    });
  }
});
