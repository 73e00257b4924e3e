import type { SinkDefinition } from '../../job/definition.js';
import type { DataDir } from '../../store/index.js';
import { CommandError } from '../exit-code.js';
import type { Cleanup } from '../made-in-system.js';
import type { Remembered } from '../remembered.js';
import { sinkObstacles, sourceObstacles, type Obstacle } from './in-use.js';
import type { SinkEntry, SourceEntry } from './offsets-file.js';
import { changedPositions, isChange, standsAt, type PartitionChange } from './partition-changes.js';
import type { QueueChange, Standing } from './queue-changes.js';
import { withOwn, type SinkSubject } from './sink-subject.js';

/** What is to be done to one connector's offsets. */
export interface Plan {
  readonly connector: string;
  /** For people and scripts: what was, and what is to be. */
  readonly told: ToldPlan;
  readonly changes: number;
  obstacles(): Promise<readonly Obstacle[]>;
  /** All its offsets as they are now, in the form `offsets import` takes. */
  readonly before: SourceEntry | SinkEntry;
  /** Nobody may use the connector meanwhile. What it has deleted in the connector's system. */
  apply(): Promise<readonly string[]>;
}

export type ToldPlan =
  | {
      readonly connector: string;
      readonly kind: 'sink';
      readonly group: string;
      readonly changes: readonly QueueChange[];
    }
  | {
      readonly connector: string;
      readonly kind: 'source';
      readonly changes: readonly PartitionChange[];
      /** There where what the source has made in its system is to be deleted, too. */
      readonly cleanup?: true;
    };

/** Moves the group's offsets, and the sink's own ones where it keeps some: they would win. */
export function sinkPlan(subject: SinkSubject, changes: readonly QueueChange[], dataDir: DataDir): Plan {
  const { remembered, definition, admin, standings, openOwn } = subject;
  const { name: connector, group } = definition;
  const moves = changes.filter(({ old, new: wanted }) => old !== wanted);
  return {
    connector,
    told: { connector, kind: 'sink', group, changes },
    changes: moves.length,
    obstacles: () => sinkObstacles(remembered, group, admin, dataDir),
    before: sinkEntry(definition, standings),
    apply: async () => {
      await admin.createGroup(group);
      // The group first: where only that was done, the next start takes it for a reset and obeys.
      for (const { topic, broker, queue, new: offset } of moves) {
        await admin.setOffset(group, { topic, broker, queue }, offset);
      }
      if (openOwn === null) return [];
      const own = moves.map(({ topic, broker, queue, new: offset }) => {
        return { topic, broker, queue, offset, mark: null };
      });
      await withOwn(openOwn, (offsets) => offsets.set(own));
      return [];
    },
  };
}

export function sinkEntry(
  { name: connector, group }: Pick<SinkDefinition, 'name' | 'group'>,
  standings: readonly Standing[],
): SinkEntry {
  const queues = standings.map(({ topic, broker, queue, offset }) => ({ topic, broker, queue, offset }));
  return { connector, kind: 'sink', group, queues };
}

/**
 * `whole`: the source is to start as if it had never run. `cleanup` comes behind the positions: without it they
 * would lead to nothing. Throws `CorruptFileError`.
 */
export async function sourcePlan(
  remembered: Remembered,
  changes: readonly PartitionChange[],
  whole: boolean,
  dataDir: DataDir,
  cleanup: Cleanup | null = null,
): Promise<Plan> {
  const { name: connector } = remembered;
  const store = dataDir.connector(connector);
  const moves = changes.filter(isChange);
  return {
    connector,
    told: { connector, kind: 'source', changes, ...(cleanup === null ? {} : { cleanup: true }) },
    changes: moves.length + (cleanup === null ? 0 : 1),
    obstacles: () => sourceObstacles(remembered, dataDir),
    before: await sourceEntry(
      connector,
      moves.map(({ partition }) => partition),
      dataDir,
    ),
    apply: async () => {
      const stored = await store.positions.read();
      const moved = moves.find(({ partition, old }) =>
        isChange({ partition, old, new: standsAt(stored, partition), note: null }),
      );
      if (moved !== undefined) {
        throw new CommandError(
          'failed',
          'changed',
          `${moved.partition} of ${connector} has moved meanwhile`,
          {
            hint: 'look again, and repeat the command',
          },
        );
      }
      const changed = changedPositions(stored, connector, moves, whole, new Date());
      await store.positions.write(changed, { durable: true });
      return cleanup === null ? [] : cleanup();
    },
  };
}

/** `also`: partitions that may be unknown still, and are in it as not read. */
export async function sourceEntry(
  connector: string,
  also: readonly string[],
  dataDir: DataDir,
): Promise<SourceEntry> {
  const stored = await dataDir.connector(connector).positions.read();
  const names = new Set([...Object.keys(stored?.partitions ?? {}), ...also]);
  const positions = Object.fromEntries([...names].map((name) => [name, standsAt(stored, name)]));
  return { connector, kind: 'source', positions };
}
