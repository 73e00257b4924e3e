import { CommandError } from '../exit-code.js';
import type { TopicAccessOptions } from '../topic-access.js';

/** Options of the commands that show connectors, or consumer groups of any RocketMQ. */
export interface GroupOptions extends TopicAccessOptions {
  readonly group?: readonly string[];
}

/** The groups that are asked for; null: connectors are. Throws `CommandError` where it is both, or neither. */
export function groupsMeant(
  { group, nameserver, job }: GroupOptions,
  connectors: readonly string[],
): readonly string[] | null {
  const lone = nameserver !== undefined ? '--nameserver' : job !== undefined ? '--job' : null;
  if (group === undefined && lone !== null) {
    throw new CommandError('usage', 'usage', `${lone} goes with --group`, {
      hint: 'name a consumer group with --group',
    });
  }
  if (group !== undefined && connectors.length > 0) {
    throw new CommandError('usage', 'usage', 'give either connectors or --group', {
      hint: "a sink's consumer group is shown with its connector",
    });
  }
  return group ?? null;
}
