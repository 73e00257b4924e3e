/** A file that is another one when its worker comes back: what was sent of the former is not counted off from it. */
import assert from 'node:assert/strict';
import { appendFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { source } from '../../connectors/file/source.js';
import { Bench, values } from './bench.js';

const text = (name: string, count: number, from = 0): string =>
  values(name, count, from).join('\n').concat('\n');

class Rig {
  readonly log: string;
  readonly #bench: Bench;
  /** The positions as they were when only the first part was sent. */
  #before = '';

  private constructor(bench: Bench) {
    this.#bench = bench;
    this.log = join(bench.dataDir.root, 'app.log');
  }

  static async open(t: TestContext): Promise<Rig> {
    return new Rig(await Bench.open(t));
  }

  /** As a worker that is killed leaves it: more was sent than its positions know. */
  async sendsAndIsKilled(): Promise<void> {
    await writeFile(this.log, text('old', 50));
    await this.run();
    this.#before = await readFile(this.#bench.positionsPath, 'utf8');
    await appendFile(this.log, text('old', 50, 50));
    await this.run();
    const queues = (await this.#bench.cluster.admin.topic('t')) ?? [];
    const tails = queues.map(({ topic, broker, queue }) => ({ topic, broker, queue, offset: 0 }));
    const left = { ...(JSON.parse(this.#before) as object), clean: false, tails };
    await writeFile(this.#bench.positionsPath, JSON.stringify(left));
  }

  async run(): Promise<void> {
    const definition = this.#bench.sourceDefinition({
      source,
      config: source.spec.parse({ path: 'app.log' }),
      baseDir: this.#bench.dataDir.root,
    });
    assert.deepEqual((await (await this.#bench.worker([definition], true)).done).failures, []);
  }

  async arrived(): Promise<string[]> {
    const queues = (await this.#bench.cluster.admin.topic('t')) ?? [];
    const found = await Promise.all(queues.map((queue) => this.#bench.cluster.admin.peek(queue, 0, 1_000)));
    return found.flat().map(({ body }) => body.toString());
  }
}

const changes: Record<string, (log: string) => Promise<void>> = {
  'is overwritten': (log) => writeFile(log, text('new', 300)),
  'is removed and made anew': async (log) => {
    await rm(log);
    await writeFile(log, text('new', 300));
  },
  'makes room for another, and is deleted': async (log) => {
    await rename(log, `${log}.1`);
    await writeFile(log, text('new', 300));
    await rm(`${log}.1`);
  },
  'is overwritten with what begins as it did': async (log) => {
    await truncate(log, 0);
    await writeFile(log, `${text('old', 40)}${text('new', 300)}`);
  },
};

for (const [what, change] of Object.entries(changes)) {
  test(`a file that ${what} after a kill: all of the new one is sent`, async (t) => {
    const rig = await Rig.open(t);
    await rig.sendsAndIsKilled();
    await change(rig.log);
    await rig.run();
    const arrived = await rig.arrived();
    assert.deepEqual(
      arrived.filter((line) => line.startsWith('new')),
      values('new', 300),
    );
    await rig.run();
    assert.equal((await rig.arrived()).length, arrived.length, 'and is not sent again');
  });
}

test('a file that is renamed after a kill, and is still there, is read on: nothing comes twice', async (t) => {
  const rig = await Rig.open(t);
  await rig.sendsAndIsKilled();
  await rename(rig.log, `${rig.log}.1`);
  await writeFile(rig.log, text('new', 300));
  await rig.run();
  assert.deepEqual(await rig.arrived(), [...values('old', 100), ...values('new', 300)]);
});
