import { z } from 'zod';
import type { OffsetEntry } from '../../api/context.js';
import { jsonValue } from '../../store/index.js';
import { CommandError } from '../exit-code.js';
import type { Remembered } from '../remembered.js';
import type { Places } from './planner.js';
import { sinkPlan, sourcePlan, type Plan } from './plan.js';
import { changeOf, checkedPosition, resetSource } from './plan-source-move.js';
import { sinkMover } from './plan-sink-move.js';
import { change, changesTo, startOf } from './queue-changes.js';
import { sinkSubject } from './sink-subject.js';
import { queueName } from '../../rocketmq/queue-name.js';

const sourcePlace = z.strictObject({
  partition: z.strictObject({ partition: z.string() }),
  offset: z.strictObject({ position: jsonValue }).nullable(),
});
const sinkPlace = z.strictObject({
  partition: z.strictObject({ topic: z.string(), broker: z.string(), queue: z.int().min(0) }),
  offset: z.strictObject({ offset: z.int().min(0) }).nullable(),
});
const placeSpec = z.union([sourcePlace, sinkPlace]);

/** One place that is to be changed; see `OffsetEntry`. */
export type Place = z.infer<typeof placeSpec>;

/** Throws `CommandError` for what has not the form. */
export function placeOf(entry: OffsetEntry): Place {
  const parsed = placeSpec.safeParse(entry);
  if (parsed.success) return parsed.data;
  throw new CommandError('usage', 'no_position', `${JSON.stringify(entry)} is no place`, {
    hint: 'GET has the form: a source {"partition":{"partition":P},"offset":{"position":…}}, a sink {"partition":{"topic":T,"broker":B,"queue":0},"offset":{"offset":100}}',
  });
}

/** Single places set to what is given; null: where the connector would start anew. */
export async function changedPlace(
  remembered: Remembered,
  wanted: readonly Place[],
  places: Places,
): Promise<Plan> {
  const { name, definition } = remembered;
  if (definition.kind === 'mirror') throw noMirror(name);
  return definition.kind === 'source'
    ? changedSource(remembered, wanted, places)
    : changedSink(remembered, wanted, places);
}

async function changedSource(
  remembered: Remembered,
  wanted: readonly Place[],
  { dataDir }: Places,
): Promise<Plan> {
  const { name } = remembered;
  const stored = await dataDir.connector(name).positions.read();
  const changes = [];
  for (const { partition: at, offset } of wanted) {
    if (!('partition' in at) || (offset !== null && !('position' in offset))) throw otherForm(name, 'source');
    const position = await checkedPosition(remembered, offset === null ? null : offset.position);
    changes.push(changeOf(stored, at.partition, position));
  }
  return sourcePlan(remembered, changes, false, dataDir);
}

async function changedSink(
  remembered: Remembered,
  wanted: readonly Place[],
  { dataDir, access }: Places,
): Promise<Plan> {
  const { name } = remembered;
  const subject = await sinkSubject(remembered, access, dataDir);
  const { admin, definition } = subject;
  const there = new Map(subject.standings.map((queue) => [queueName(queue), queue]));
  const changes = [];
  for (const { partition: at, offset } of wanted) {
    if ('partition' in at || (offset !== null && 'position' in offset)) throw otherForm(name, 'sink');
    const queue = there.get(queueName(at));
    if (queue === undefined) {
      throw new CommandError('usage', 'no_position', `${name} reads no queue ${queueName(at)}`, {
        hint: `it reads: ${[...there.keys()].join(', ')}`,
      });
    }
    if (offset !== null) changes.push(change(queue, offset.offset, false));
    else {
      const start = startOf(definition.from);
      changes.push(...(await changesTo(start, [queue], (one, time) => admin.offsetAt(one, time))));
    }
  }
  return sinkPlan(subject, changes, dataDir);
}

/** All of them where the connector would start anew. */
export function planReset(remembered: Remembered, places: Places): Promise<Plan> {
  const { name, definition } = remembered;
  const everywhere = { target: null, topics: [], queues: [], partitions: [], position: null, cleanup: false };
  switch (definition.kind) {
    case 'mirror':
      throw noMirror(name);
    case 'source':
      return resetSource(remembered, everywhere, places);
    case 'sink':
      return sinkMover('from')(remembered, everywhere, places);
  }
}

const otherForm = (name: string, kind: string): CommandError =>
  new CommandError('usage', 'no_position', `${name} is a ${kind}: its places have another form`, {
    hint: 'GET shows them',
  });

const noMirror = (name: string): CommandError =>
  new CommandError('usage', 'unsupported', `${name} is a mirror: its places cannot be moved`, {
    hint: 'remove it and its positions to have it start anew',
  });
