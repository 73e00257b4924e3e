import type { Command } from 'commander';

/** The options of every command that changes offsets; see `Consent`. */
export function withConsentOptions(command: Command): Command {
  return command
    .option('--yes', 'do it; without, what would be done is only shown')
    .option('--force', 'even while members of the group are online, whose next commit may undo it');
}
