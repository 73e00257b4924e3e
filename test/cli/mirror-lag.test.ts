import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routeLag, type RouteSubject } from '../../src/cli/mirrors/mirror-lag.js';
import type { QueueBacklog } from '../../src/mirror/backlog.js';
import { ConnectorMonitor } from '../../src/worker/monitor.js';
import { Town, route } from '../mirror/mirror-bench.js';
import { connectCluster } from '../../src/rocketmq/remoting/connect.js';
import { atEnd } from '../temp-folder.js';

const behind = (
  topic: string,
  queue: number,
  records: number | null,
  seconds: number | null,
): QueueBacklog => ({
  source: { topic, broker: 'b', queue },
  min: 0,
  max: 100,
  position: 0,
  records,
  seconds,
  reason: records === null ? 'the queue is not there' : null,
});

test('a queue with old work of which nothing was copied for long is stalled; one that moves or is new is not', (t) => {
  // Nothing is asked of it.
  const cluster = connectCluster({ nameservers: ['127.0.0.1:1'] });
  atEnd(t, () => cluster.close());
  const town = new Town('east', '127.0.0.1:1', cluster);
  const definition = route(town, new Town('west', '127.0.0.1:2', cluster), { stalledAfterMs: 60_000 });
  const monitor = new ConnectorMonitor(definition, () => undefined);
  monitor.openTask(0).is('running');
  const startedAt = Date.now();
  const now = startedAt + 300_000;
  const batch = { records: 10, bytes: 100, bornAt: startedAt };
  monitor.route?.copied({ topic: 't', broker: 'b', queue: 0 }, { ...batch, at: now - 120_000 }, []);
  monitor.route?.copied({ topic: 't', broker: 'b', queue: 1 }, { ...batch, at: now - 1_000 }, []);
  const subject: RouteSubject = { definition, status: monitor.status(), live: true };
  const backlog = [
    behind('t', 0, 5, 100),
    behind('t', 1, 5, 100),
    behind('t', 2, 5, 10),
    behind('u', 0, 0, 0),
    behind('v', 0, 7, 250),
  ];
  const stalledOf = (of: RouteSubject, at: number): readonly string[] =>
    routeLag(of, backlog, 'queue', at).parts?.flatMap(({ stalled, topic, queue }) =>
      stalled ? [`${topic}/${String(queue)}`] : [],
    ) ?? [];
  assert.deepEqual(stalledOf(subject, now), ['t/0', 'v/0']);
  assert.equal(routeLag(subject, backlog, undefined, now).stalled, 2);
  assert.deepEqual(stalledOf(subject, startedAt + 30_000), [], 'it has not run for long enough');
  assert.deepEqual(stalledOf({ ...subject, live: false }, now), [], 'what does not run does not stall');

  const { parts, backlog: all, copied } = routeLag(subject, backlog, 'topic', now);
  assert.deepEqual(
    parts?.map(({ topic, backlog: its, copied: { records }, stalled }) => [topic, its, records, stalled]),
    [
      ['t', { records: 15, seconds: 100 }, 20, true],
      ['u', { records: 0, seconds: 0 }, 0, false],
      ['v', { records: 7, seconds: 250 }, 0, true],
    ],
  );
  assert.deepEqual(
    [all, copied],
    [
      { records: 22, seconds: 250 },
      { records: 20, bytes: 200 },
    ],
  );
  const lost = routeLag(subject, [...backlog, behind('w', 0, null, null)], 'topic', now);
  assert.deepEqual(lost.backlog, { records: null, seconds: null }, 'what is not known in part is not known');
  assert.equal(lost.parts?.at(-1)?.reason, 'the queue is not there');
});
