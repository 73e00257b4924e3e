import type { Command } from 'commander';
import { moveCommand } from '../offsets/move-command.js';
import { sinkMover } from '../offsets/plan-sink-move.js';
import { resetSource } from '../offsets/plan-source-move.js';

export function offsetsReset(): Command {
  return moveCommand(
    'reset',
    'Have a connector that does not run start anew, or go to the place that is given\nA source forgets its positions, a sink goes where its job starts it (from:). Changes nothing without --yes.',
    ['offsets reset read-log --yes', 'offsets reset archive', 'offsets reset archive --to earliest --yes'],
    { sink: sinkMover('from'), source: resetSource },
  );
}
