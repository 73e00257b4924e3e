import type { Command } from 'commander';
import { DataDir } from '../../store/index.js';
import { ClusterAccess } from '../cluster-access.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import { gather } from '../option-values.js';
import type { Remembered } from '../remembered.js';
import { carryOut, type Consent } from './carry-out.js';
import { withConsentOptions } from './consent-options.js';
import { connectorMeant, newcomersOf, remembering, withJobOption, type JobOption } from './newcomers.js';
import type { Move, Planner } from './planner.js';
import { targetOf, withTargetOptions, type TargetOptions } from './target.js';
import { tellOutcome } from './tell-outcome.js';

/** What `offsets set` and `offsets reset` are told. */
export interface MoveOptions extends TargetOptions, Consent, JobOption {
  readonly topic?: readonly string[];
  readonly queue?: readonly string[];
  readonly partition?: readonly string[];
  /** JSON text. */
  readonly position?: string;
  readonly cleanup?: true;
}

/** A command that moves the offsets of one connector. */
export function moveCommand(
  name: string,
  description: string,
  examples: readonly string[],
  planners: { readonly sink: Planner; readonly source: Planner },
): Command {
  const command = leaf(name, description, examples).argument('<connector>', 'the connector');
  withConsentOptions(
    withTargetOptions(command)
      .option('--topic <topic>', 'of a sink: only the queues of this topic; may be repeated', gather)
      .option('--queue <broker/number>', 'of a sink: only this queue; may be repeated', gather)
      .option('--partition <partition>', 'of a source: only this partition; may be repeated', gather),
  );
  if (name === 'reset') {
    command.option(
      '--cleanup',
      'of a source: delete what it has made in its system (a replication slot), too',
    );
  }
  if (name === 'set') {
    withJobOption(command.option('--position <json>', 'of a source: where the partition stands'));
  }
  return perform<MoveOptions>(command, async ({ options, out, dataDir: path }, connector: string) => {
    const dataDir = new DataDir(path);
    const access = new ClusterAccess(dataDir);
    try {
      const newcomers = await newcomersOf(options, dataDir);
      const meant = await connectorMeant(connector, newcomers, dataDir);
      const plan = await plannerFor(meant, planners)(meant, moveOf(options), { dataDir, access });
      tellOutcome(await carryOut([remembering(plan, newcomers, dataDir)], options, dataDir), path, out);
    } finally {
      await access.close();
    }
  });
}

function plannerFor(
  { name, definition: { kind } }: Remembered,
  planners: { readonly sink: Planner; readonly source: Planner },
): Planner {
  if (kind !== 'mirror') return planners[kind];
  throw new CommandError('usage', 'unsupported', `${name} is a mirror: its places cannot be moved`, {
    hint: `rmq-connect connectors forget ${name} --yes has it start anew, as its job file says`,
  });
}

function moveOf(options: MoveOptions): Move {
  const { topic = [], queue = [], partition = [], position = null, cleanup = false } = options;
  const target = targetOf(options, Date.now());
  return { target, topics: topic, queues: queue, partitions: partition, position, cleanup };
}
