/** What is told of a route that stands still for a minute under a known load, and catches up, on real RocketMQs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Town } from '../mirror/mirror-bench.js';
import { Observed } from '../mirror/observed-route.js';
import { rocketmqs } from '../rig/rocketmqs.js';
import { until } from '../rig/until.js';

const server = rocketmqs('east', 'west');

const topic = 'steady';
const perSecond = 500;
const everyMs = 100;
const stoppedMs = 60_000;
/** A broker tells the ends of queues a moment late, and a worker writes its numbers down each second. */
const refreshMs = 3_000;

/** A load that is counted: batches, and when each was asked for and answered. */
class Load {
  readonly #batches: { readonly from: number; readonly to: number; readonly end: number }[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  constructor(town: Town) {
    this.#ended = this.#run(town);
  }

  async #run(town: Town): Promise<void> {
    const [queue] = await town.queues(topic);
    assert.ok(queue !== undefined);
    const startedAt = Date.now();
    let sent = 0;
    while (!this.#stop.signal.aborted) {
      await sleep(everyMs);
      const from = Date.now();
      const due = Math.floor(((from - startedAt) / 1_000) * perSecond) - sent;
      if (due === 0) continue;
      await town.send(
        queue,
        Array.from({ length: due }, () => ({ body: Buffer.alloc(100, 'x') })),
        1_000,
      );
      sent += due;
      this.#batches.push({ from, to: Date.now(), end: sent });
    }
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** The least and the most that may have been stored then. */
  storedAt(time: number): readonly [number, number] {
    const sure = this.#batches.findLast(({ to }) => to <= time)?.end ?? 0;
    const begun = this.#batches.findLast(({ from }) => from <= time)?.end ?? 0;
    return [sure, begun];
  }

  /** Between which times the message with this number was stored. */
  timesOf(number: number): readonly [number, number] {
    const batch = this.#batches.find(({ end }) => end > number);
    assert.ok(batch !== undefined, `message ${String(number)} was sent`);
    return [batch.from, batch.to];
  }
}

test('backlog, age, rates and the latest sync agree with what was sent', async (t) => {
  const [from, to] = [
    Town.at(t, 'east', server('east').nameserver),
    Town.at(t, 'west', server('west').nameserver),
  ];
  await from.cluster.admin.createTopic({ topic, queues: 1 });
  const observed = await Observed.open(t, [from, to]);
  const load = new Load(from);
  t.after(() => load.stop());
  const first = await observed.start(t);
  await until('something to be copied', async () => ((await to.count(topic)) > 0 ? true : undefined));
  first.signal('SIGTERM');
  assert.equal((await first.ended).code, 0);
  // By what was copied in all; a broker tells ends a moment late.
  const position = await until('the end of what was copied', async () => {
    const { copied } = await observed.lag();
    return copied.records === (await to.count(topic)) ? copied.records : undefined;
  });
  const stoppedAt = Date.now();
  for (const afterMs of [stoppedMs / 4, stoppedMs / 2, stoppedMs]) {
    await sleep(Math.max(0, stoppedAt + afterMs - Date.now()));
    const askedAt = Date.now();
    const { backlog } = await observed.lag();
    const answeredAt = Date.now();
    const { records, seconds } = backlog;
    assert.ok(records !== null && seconds !== null);
    const [least] = load.storedAt(askedAt - refreshMs);
    const [, most] = load.storedAt(answeredAt);
    assert.ok(
      records >= least - position && records <= most - position,
      `${String(records)} of ${String(least - position)} to ${String(most - position)}`,
    );
    const [oldestFrom, oldestTo] = load.timesOf(position);
    assert.ok(
      seconds * 1_000 >= askedAt - oldestTo && seconds * 1_000 <= answeredAt - oldestFrom,
      `${String(seconds)} s`,
    );
    t.diagnostic(`after ${String(afterMs / 1_000)} s: ${String(records)} behind, ${String(seconds)} s old`);
  }

  const startedAt = Date.now();
  const second = await observed.start(t);
  await until('the route to catch up', async () => {
    const { backlog } = await observed.lag();
    return backlog.records !== null && backlog.records < perSecond ? true : undefined;
  });
  // The rate of now is that of ten seconds.
  await sleep(10_000 + refreshMs);
  const { rate, copied } = await observed.lag();
  const ranS = (Date.now() - startedAt) / 1_000;
  t.diagnostic(`rate ${JSON.stringify(rate)}, ${String(copied.records)} in ${String(ranS)} s`);
  assert.ok(rate.now !== null && rate.m10 !== null && copied.records !== null);
  assert.ok(Math.abs(rate.now - perSecond) < perSecond * 0.2, `${String(rate.now)}/s`);
  // As long as it does not run for ten minutes, their mean is that since the start.
  assert.ok(rate.m10 >= (copied.records - perSecond * (refreshMs / 1_000)) / ranS, `${String(rate.m10)}/s`);
  await load.stop();
  const [all] = load.storedAt(Date.now());
  const last = await until('the last one', async () => {
    const lag = await observed.lag();
    return lag.backlog.records === 0 && lag.copied.records === all - position ? lag.last_sync : undefined;
  });
  const born = Date.parse(last?.born_at ?? '');
  const [bornFrom, bornTo] = load.timesOf(all - 1);
  assert.ok(born >= bornFrom && born <= bornTo, `${String(born)} in ${String([bornFrom, bornTo])}`);
  second.signal('SIGTERM');
  await second.ended;
});
