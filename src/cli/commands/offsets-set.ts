import type { Command } from 'commander';
import { moveCommand } from '../offsets/move-command.js';
import { sinkMover } from '../offsets/plan-sink-move.js';
import { setSource } from '../offsets/plan-source-move.js';

export function offsetsSet(): Command {
  return moveCommand(
    'set',
    'Move a connector that does not run: the offsets of a sink, the positions of a source\nShows OLD, NEW and DELTA, and changes nothing without --yes. What was is kept in a file first.',
    [
      'offsets set archive --to 2026-01-31T08:00:00Z --yes',
      'offsets set archive --to latest --topic access-log --queue broker-a/0 --yes',
      'offsets set archive --shift -100',
      'offsets set archive --by 1h --yes',
      'offsets set read-log --to latest --yes',
      `offsets set make --partition 1-of-1 --position '{"n":100}' --yes`,
    ],
    { sink: sinkMover(null), source: setSource },
  );
}
