import type { SourceDefinition } from '../../job/definition.js';
import type { JsonValue, Position } from '../../sdk/index.js';
import type { StoredPositions } from '../../store/index.js';
import { CommandError } from '../exit-code.js';
import { cleanupOf } from '../made-in-system.js';
import type { Remembered } from '../remembered.js';
import { restore } from '../restored.js';
import type { Move, Planner } from './planner.js';
import { standsAt, type PartitionChange } from './partition-changes.js';
import { sourcePlan } from './plan.js';

/** Sets positions as they are given, or to the partitions' starts or ends. */
export const setSource: Planner = async (remembered, move, { dataDir }) => {
  const { name } = remembered;
  refuseSinkOptions(name, move);
  const { target, partitions, position } = move;
  const stored = await dataDir.connector(name).positions.read();
  if (position !== null) {
    const [partition, ...others] = partitions;
    if (target !== null || partition === undefined || others.length > 0) throw whatToSet();
    const wanted = await checkedPosition(remembered, parsed(position));
    return sourcePlan(remembered, [changeOf(stored, partition, wanted)], false, dataDir);
  }
  if (target !== 'earliest' && target !== 'latest') throw whatToSet();
  const places = await sought(remembered, target);
  refuseUnknown(name, partitions, [...places.keys()]);
  const changes = [...places]
    .filter(([partition]) => partitions.length === 0 || partitions.includes(partition))
    .map(([partition, place]) => changeOf(stored, partition, place));
  return sourcePlan(remembered, changes, false, dataDir);
};

/** Forgets positions: the source starts anew, as its configuration says. */
export const resetSource: Planner = async (remembered, move, at) => {
  const { name } = remembered;
  if (move.cleanup) refusePart(name, move);
  if (move.target !== null || move.position !== null) return setSource(remembered, move, at);
  refuseSinkOptions(name, move);
  const stored = await at.dataDir.connector(name).positions.read();
  const known = Object.keys(stored?.partitions ?? {});
  refuseUnknown(name, move.partitions, known);
  const whole = move.partitions.length === 0;
  const changes = (whole ? known : move.partitions).map((partition) => changeOf(stored, partition, null));
  const cleanup = move.cleanup ? await cleanupOf(remembered) : null;
  return sourcePlan(remembered, changes, whole, at.dataDir, cleanup);
};

/** Throws `CommandError` for what the source could not start from. */
export async function checkedPosition(
  remembered: Remembered,
  position: Position | null,
): Promise<Position | null> {
  if (position === null) return null;
  const { source } = await sourceOf(remembered);
  const problem = source.position?.safeParse(position).error?.issues[0];
  if (problem === undefined) return position;
  const place = problem.path.length === 0 ? '' : ` (${problem.path.join('.')})`;
  throw new CommandError(
    'usage',
    'no_position',
    `${JSON.stringify(position)} is no position of ${remembered.name}: ${problem.message}${place}`,
    { hint: 'offsets show has the form of its positions' },
  );
}

export async function sourceOf(remembered: Remembered): Promise<SourceDefinition> {
  const { definition } = await restore(remembered);
  if (definition.kind !== 'source') throw new Error(`${remembered.name} is remembered as a source`);
  return definition;
}

export const changeOf = (
  stored: StoredPositions | null,
  partition: string,
  position: Position | null,
  note: string | null = null,
): PartitionChange => ({ partition, old: standsAt(stored, partition), new: position, note });

async function sought(
  remembered: Remembered,
  to: 'earliest' | 'latest',
): Promise<ReadonlyMap<string, Position | null>> {
  const { source, config, baseDir, plugin } = await sourceOf(remembered);
  const places = await source.seek?.(config, to, { baseDir });
  if (places !== undefined) return places;
  throw new CommandError(
    'usage',
    'unsupported',
    `a ${plugin} source cannot tell where its partitions ${to === 'earliest' ? 'begin' : 'end'}`,
    { hint: 'offsets reset makes it start anew; --partition P --position JSON sets one position' },
  );
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new CommandError('usage', 'usage', `--position is not JSON: ${text}`, {
      hint: `for example --position '{"n":100}'`,
      cause,
    });
  }
}

function refuseUnknown(name: string, named: readonly string[], known: readonly string[]): void {
  const unknown = named.find((partition) => !known.includes(partition));
  if (unknown === undefined) return;
  throw new CommandError('usage', 'unknown_partition', `${name} has no partition ${unknown}`, {
    hint: known.length === 0 ? 'it has none' : `it has: ${known.join(', ')}`,
  });
}

/** What is made in the system is made for all partitions. */
function refusePart(name: string, { target, partitions }: Move): void {
  if (target === null && partitions.length === 0) return;
  throw new CommandError('usage', 'usage', `--cleanup goes with a reset of all that ${name} has read`, {
    hint: 'leave --to and --partition out',
  });
}

function refuseSinkOptions(name: string, { target, topics, queues }: Move): void {
  const isPlace = target === null || target === 'earliest' || target === 'latest';
  if (isPlace && topics.length === 0 && queues.length === 0) return;
  throw new CommandError('usage', 'usage', `${name} is a source: its positions are no offsets`, {
    hint: 'use --to earliest, --to latest, or --partition P --position JSON',
  });
}

function whatToSet(): CommandError {
  return new CommandError('usage', 'usage', 'it is not said where to go', {
    hint: 'give --to earliest, --to latest, or --partition P --position JSON',
  });
}
