import { CommandError } from '../exit-code.js';
import type { Remembered } from '../remembered.js';
import type { JavaPosition } from './java-positions.js';
import type { Places } from './planner.js';
import type { OffsetsFile, SinkEntry, SourceEntry } from './offsets-file.js';
import type { PartitionChange } from './partition-changes.js';
import { sinkPlan, sourcePlan, type Plan } from './plan.js';
import { changeOf, checkedPosition, sourceOf } from './plan-source-move.js';
import { change, type Standing } from './queue-changes.js';
import { sinkSubject } from './sink-subject.js';
import { queueName } from '../../rocketmq/queue-name.js';

/** Something of the file that is not taken over. */
export interface LeftOut {
  readonly connector: string;
  readonly what: string;
  readonly reason: string;
}

export interface ImportPlan {
  readonly plans: readonly Plan[];
  readonly leftOut: readonly LeftOut[];
}

/** `entries`: with the connector that each is for. Partitions and queues that are not in the file stay as they are. */
export async function planImport(
  entries: readonly { readonly remembered: Remembered; readonly entry: OffsetsFile['connectors'][number] }[],
  at: Places,
): Promise<ImportPlan> {
  const plans: Plan[] = [];
  const leftOut: LeftOut[] = [];
  for (const { remembered, entry } of entries) {
    refuseOtherKind(remembered, entry.kind);
    plans.push(
      entry.kind === 'source'
        ? await planSource(remembered, entry, at)
        : await planSink(remembered, entry, at, leftOut),
    );
  }
  return { plans, leftOut };
}

function refuseOtherKind({ name, definition }: Remembered, kind: 'source' | 'sink'): void {
  if (definition.kind === kind) return;
  throw new CommandError(
    'usage',
    'other_kind',
    `${name} is a ${definition.kind}, but the file has a ${kind}`,
  );
}

async function planSource(
  remembered: Remembered,
  { positions }: SourceEntry,
  { dataDir }: Places,
): Promise<Plan> {
  const stored = await dataDir.connector(remembered.name).positions.read();
  const changes: PartitionChange[] = [];
  for (const [partition, position] of Object.entries(positions)) {
    changes.push(changeOf(stored, partition, await checkedPosition(remembered, position)));
  }
  return sourcePlan(remembered, changes, false, dataDir);
}

async function planSink(
  remembered: Remembered,
  entry: SinkEntry,
  { dataDir, access }: Places,
  leftOut: LeftOut[],
): Promise<Plan> {
  const subject = await sinkSubject(remembered, access, dataDir);
  const there = new Map(subject.standings.map((queue) => [queueName(queue), queue]));
  const changes = entry.queues.flatMap((queue) => {
    const standing: Standing | undefined = there.get(queueName(queue));
    const missing = standing === undefined ? 'the sink reads no such queue' : 'the group had no offset there';
    if (standing !== undefined && queue.offset !== null) return [change(standing, queue.offset, false)];
    leftOut.push({ connector: remembered.name, what: queueName(queue), reason: missing });
    return [];
  });
  return sinkPlan(subject, changes, dataDir);
}

/** What of the Java worker's positions has a meaning here is taken over, the rest is named. */
export async function planJavaImport(
  entries: readonly { readonly remembered: Remembered; readonly positions: readonly JavaPosition[] }[],
  { dataDir }: Places,
): Promise<ImportPlan> {
  const plans: Plan[] = [];
  const leftOut: LeftOut[] = [];
  for (const { remembered, positions } of entries) {
    const { name, definition } = remembered;
    if (definition.kind !== 'source') {
      const reason = `${name} is a ${definition.kind} here, and positions there are those of sources`;
      leftOut.push({ connector: name, what: 'all of it', reason });
      continue;
    }
    const { source, config, baseDir, plugin } = await sourceOf(remembered);
    const stored = await dataDir.connector(name).positions.read();
    const changes: PartitionChange[] = [];
    for (const { partition, offset } of positions) {
      const adopted = (await source.adopt?.(config, { partition, offset }, { baseDir })) ?? {
        partition: null,
        note: `a ${plugin} source has no use for positions of Apache RocketMQ Connect`,
      };
      if (adopted.partition === null) {
        leftOut.push({ connector: name, what: JSON.stringify({ partition, offset }), reason: adopted.note });
      } else changes.push(changeOf(stored, adopted.partition, adopted.position, adopted.note));
    }
    plans.push(await sourcePlan(remembered, changes, false, dataDir));
  }
  return { plans, leftOut };
}
