import { CommandError } from '../exit-code.js';
import type { Move, Planner } from './planner.js';
import { sinkPlan } from './plan.js';
import { changesTo, selectQueues, startOf } from './queue-changes.js';
import { sinkSubject } from './sink-subject.js';
import type { Target } from './target.js';

/** `fallback`: where the sink goes when no target is given; null: one has to be. */
export function sinkMover(fallback: 'from' | null): Planner {
  return async (remembered, move, { dataDir, access }) => {
    refuseSourceOptions(remembered.name, move);
    if (move.target === null && fallback === null) throw noTarget();
    const subject = await sinkSubject(remembered, access, dataDir);
    const { definition, standings, admin } = subject;
    const target: Target = move.target ?? startOf(definition.from);
    const chosen = selectQueues(standings, move);
    const changes = await changesTo(target, chosen, (queue, time) => admin.offsetAt(queue, time));
    return sinkPlan(subject, changes, dataDir);
  };
}

function refuseSourceOptions(name: string, { partitions, position, cleanup }: Move): void {
  if (partitions.length === 0 && position === null && !cleanup) return;
  throw new CommandError(
    'usage',
    'usage',
    `${name} is a sink: it has no partitions and positions, and nothing to clean up`,
    {
      hint: 'its queues are chosen with --topic and --queue, and moved with --to, --shift or --by',
    },
  );
}

function noTarget(): CommandError {
  return new CommandError('usage', 'usage', 'it is not said where to go', {
    hint: 'give --to earliest, --to latest, --to TIME, --to OFFSET, --shift or --by',
  });
}
