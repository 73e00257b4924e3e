import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OutMessage } from '../../src/rocketmq/cluster.js';
import type { SourceRecord } from '../../src/sdk/index.js';
import { Replay, type Island } from '../../src/worker/replay.js';
import { Segmenter, type Segment } from '../../src/worker/segmenter.js';

/** Every seventh record is dropped by a transform. */
const total = 300;
const records: readonly (SourceRecord & { readonly value: string })[] = Array.from(
  { length: total },
  (_, n) => ({
    value: String(n),
    position: { at: n + 1 },
  }),
);
const expected = records.filter((_, n) => n % 7 !== 3).map(({ value }) => value);

const convert = ({ position }: SourceRecord): OutMessage | null => {
  const n = (position as { at: number }).at - 1;
  return n % 7 === 3 ? null : { body: Buffer.from(String(n)) };
};

/** A source, queues that keep what they get, and a positions file, with a crash between the runs. */
class World {
  readonly stored: string[] = [];
  position: SourceRecord['position'] | null = null;
  readonly #islands: Island[] = [];
  readonly #random: (below: number) => number;
  readonly #inOrder: boolean;

  constructor(random: (below: number) => number, inOrder: boolean) {
    this.#random = random;
    this.#inOrder = inOrder;
  }

  /** Reads from the position on; stops, mostly, somewhere on the way. True: it came to the end. */
  run(): boolean {
    const segmenter = new Segmenter<SourceRecord>(
      this.position,
      new Replay(this.#islands.map((island) => ({ ...island }))),
    );
    const start = this.position === null ? 0 : (this.position as { at: number }).at;
    const sent: Segment[] = [];
    let at = start;
    const crashAt = this.#random(3) === 0 ? total : start + this.#random(120);
    while (at < Math.min(crashAt, total)) {
      const batch = records.slice(at, at + 1 + this.#random(20));
      at += batch.length;
      sent.push(...segmenter.cut(batch, convert));
    }
    const finished = at >= total;
    this.#store(sent, finished);
    return finished;
  }

  /** In a crash some of what was sent is stored, and the position is that of some unbroken prefix, or older. */
  #store(sent: readonly Segment[], finished: boolean): void {
    let unbroken = true;
    let mayMove = true;
    for (const segment of sent) {
      const { messages, from, skipped, to } = segment;
      let count = finished ? messages.length : this.#random(messages.length + 1);
      if (!finished && this.#random(3) > 0) count = messages.length;
      if (this.#inOrder && !unbroken) count = 0;
      this.stored.push(...messages.slice(0, count).map(({ body }) => body.toString()));
      if (count > 0) {
        this.#islands.push({ span: { from, skipped, to, count: messages.length }, stored: count });
      }
      unbroken &&= count === messages.length;
      mayMove &&= unbroken && (finished || this.#random(4) > 0);
      if (mayMove) this.position = to;
    }
  }
}

for (const inOrder of [true, false]) {
  test(`whatever is stored when it crashes, every message is stored once (${inOrder ? 'one queue' : 'spread'})`, () => {
    const property = fc.property(fc.gen(), (any) => {
      const world = new World((below) => any(fc.nat, { max: below - 1 }), inOrder);
      for (let runs = 0; !world.run(); runs += 1) assert.ok(runs < 500, 'it does not end');
      const stored = inOrder ? world.stored : [...world.stored].sort((a, b) => Number(a) - Number(b));
      assert.deepEqual(stored, expected);
    });
    fc.assert(property, { numRuns: 400 });
  });
}

test('without anything to leave out, parcels follow the reads', () => {
  const segmenter = new Segmenter<SourceRecord>(null, null);
  const first = segmenter.cut(records.slice(0, 5), convert);
  assert.deepEqual(
    first.map(({ from, to, skipped, messages }) => [from, to, skipped, messages.length]),
    [[null, { at: 5 }, 0, 4]],
  );
  const filtered = segmenter.cut(records.slice(10, 11), convert);
  assert.deepEqual(
    filtered.map(({ from, to, messages }) => [from, to, messages.length]),
    [[{ at: 5 }, { at: 11 }, 0]],
  );
});

test('records that are gone make nothing be left out that has not arrived', () => {
  const span = { from: { at: 0 }, skipped: 0, to: { at: 10 }, count: 10 };
  const segmenter = new Segmenter<SourceRecord>({ at: 0 }, new Replay([{ span, stored: 4 }]));
  // The first four have arrived, and were deleted since.
  segmenter.forget();
  const cut = segmenter.cut(records.slice(4, 10), ({ position }) => ({
    body: Buffer.from(String((position as { at: number }).at - 1)),
  }));
  assert.deepEqual(
    cut.flatMap(({ messages }) => messages.map(({ body }) => String(body))),
    ['4', '5', '6', '7', '8', '9'],
  );
  assert.equal(segmenter.isReplaying, false);
});

test('a filter that was added since takes nothing with it that lies behind what has arrived', () => {
  const span = { from: { at: 0 }, skipped: 0, to: { at: 10 }, count: 10 };
  const segmenter = new Segmenter<SourceRecord>({ at: 0 }, new Replay([{ span, stored: 10 }]));
  const everyFifth = ({ position }: SourceRecord): OutMessage | null => {
    const n = (position as { at: number }).at - 1;
    return n % 5 === 0 ? { body: Buffer.from(String(n)) } : null;
  };
  const cut = segmenter.cut(records.slice(0, 21), everyFifth);
  assert.deepEqual(
    cut.flatMap(({ messages }) => messages.map(({ body }) => String(body))),
    ['10', '15', '20'],
  );
  assert.deepEqual(cut.at(-1)?.to, { at: 21 });
  assert.equal(segmenter.isReplaying, false);
});
