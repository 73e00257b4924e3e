/** Positions files on whatever comes: a failure prints its seed and the smallest case found. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConnectorStore, CorruptFileError, type StoredPositions } from '../../src/store/index.js';
import { Positions } from '../../src/worker/positions.js';
import type { JsonValue } from '../../src/sdk/index.js';
import { temporaryFolder } from '../temp-folder.js';

/** As JSON has it: no -0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const name = fc
  .string({ unit: 'binary' })
  .filter((text) => text !== '__proto__' && !/[\ud800-\udfff]/.test(text));
const queue = fc.record({ topic: name, broker: name, queue: fc.nat() }, { noNullPrototype: true });
const mark = fc.record({ offset: fc.nat(), stamp: fc.string() });
const generation = { generation: fc.nat() };
const stored: fc.Arbitrary<StoredPositions> = fc
  .record(
    {
      version: fc.constant(1 as const),
      connector: fc.constant('c'),
      clean: fc.boolean(),
      writers: fc.array(name),
      tails: fc.array(
        fc
          .tuple(queue, fc.nat(), fc.option(mark), fc.option(mark))
          .map(([of, offset, first, last]) => ({ ...of, offset, first, last })),
      ),
      partitions: fc.dictionary(
        name,
        fc.record(
          { position: json, queue: fc.option(queue), updated_at: fc.string(), ...generation },
          { requiredKeys: ['position', 'queue', 'updated_at'] },
        ),
        { noNullPrototype: true },
      ),
      ...generation,
    },
    { requiredKeys: ['version', 'connector', 'clean', 'writers', 'tails', 'partitions'] },
  )
  // Records of fast-check have no prototype, unlike what is read.
  .map((value) => JSON.parse(JSON.stringify(value)) as StoredPositions);

test('what is written is read again; what is torn is named, not read', async (t) => {
  const store = new ConnectorStore(await temporaryFolder(t), 'c');
  await store.create();
  const property = fc.asyncProperty(
    stored,
    fc.double({ min: 0, max: 1, noNaN: true }),
    async (positions, part) => {
      await store.positions.write(positions, { durable: false });
      assert.deepEqual(await store.positions.read(), positions);
      const whole = await readFile(store.positions.path);
      // The last byte is a newline, which may be missing.
      const torn = whole.subarray(0, Math.floor(part * (whole.length - 2)));
      await writeFile(store.positions.path, torn);
      await assert.rejects(store.positions.read(), (error) => {
        return error instanceof CorruptFileError && error.message.includes(store.positions.path);
      });
    },
  );
  await fc.assert(property, { numRuns: 100 });
});

test('a key of a position may have any name', async (t) => {
  const store = new ConnectorStore(await temporaryFolder(t), 'c');
  await store.create();
  const position = JSON.parse('{"__proto__":[1],"line":2}') as JsonValue;
  const partition = { position, queue: null, updated_at: '' };
  const kept = {
    version: 1,
    connector: 'c',
    clean: true,
    writers: [],
    tails: [],
    partitions: { partition },
  } as const;
  await store.positions.write({ ...kept, writers: [], tails: [] }, { durable: false });
  assert.equal(
    JSON.stringify((await store.positions.read())?.partitions.partition?.position),
    '{"__proto__":[1],"line":2}',
  );
});

test('moves are there after a restart, with queue and generation, however they were mixed', async (t) => {
  const store = new ConnectorStore(await temporaryFolder(t), 'c');
  await store.create();
  const step = fc.record({
    partition: fc.constantFrom('a', 'b', 'c'),
    position: json,
    queue: fc.option(queue),
  });
  const property = fc.asyncProperty(stored, fc.array(step, { maxLength: 8 }), async (before, steps) => {
    await store.positions.write(before, { durable: false });
    const positions = await Positions.load(store);
    const expected = new Map(
      Object.entries(before.partitions).map(([partition, its]) => [
        partition,
        { position: its.position, queue: its.queue },
      ]),
    );
    for (const { partition, position, queue: place } of steps) {
      const known = expected.get(partition) ?? { position: null, queue: null };
      if (place === null) {
        positions.moved(partition, position);
        expected.set(partition, { ...known, position });
      } else {
        await positions.assign(partition, place);
        expected.set(partition, { ...known, queue: place });
      }
    }
    await positions.close();
    const again = await Positions.load(store);
    for (const [partition, its] of expected) {
      assert.deepEqual({ position: again.positionOf(partition), queue: again.queueOf(partition) }, its);
      const generationBefore = before.partitions[partition]?.generation ?? before.generation ?? 0;
      assert.equal(again.generationOf(partition), generationBefore);
    }
    assert.deepEqual(again.left.tails, before.tails, 'nobody has begun: what was left behind stays');
  });
  await fc.assert(property, { numRuns: 60 });
});
