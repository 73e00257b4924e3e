import { z } from 'zod';
import { always } from '../stages/index.js';
import { complain, judged } from './complain.js';
import type { ErrorPolicy } from './definition.js';
import { rocketmqPattern, writtenTopicComplaint } from './names.js';

const milliseconds = z.int().min(1).max(86_400_000);

const retrySpec = z
  .strictObject({
    timeout_ms: milliseconds
      .optional()
      .describe(
        'How long what fails is tried again before it counts as failed. Default: for ever, with --once two ' +
          'minutes; two minutes for a single record that a sink refuses for now.',
      ),
    delay_ms: milliseconds
      .optional()
      .describe('The pause before the second try; it doubles from try to try. Default 100.'),
    max_delay_ms: milliseconds.optional().describe('The longest pause between two tries. Default 10000.'),
  })
  .superRefine(({ delay_ms: delay, max_delay_ms: most }, context) => {
    if (delay === undefined || most === undefined || delay <= most) return;
    complain(context, { message: 'is less than delay_ms', hint: 'make it at least as long' }, [
      'max_delay_ms',
    ]);
  }, always)
  .describe('How sends, writes and commits that fail are tried again.');

/** What `errors:` may hold, of the job and of each of its connectors. */
export const errorsSpec = z.strictObject({
  tolerance: z
    .enum(['none', 'skip', 'dead_letter'])
    .optional()
    .describe(
      'What becomes of a record that cannot be converted, transformed, sent or written. none: the task ' +
        'fails (default). skip: it is left out. dead_letter: it is left out and kept in a topic of its own.',
    ),
  retry: retrySpec.optional(),
  log: z
    .boolean()
    .optional()
    .describe(
      'Whether it is logged where a record that is left out came from, and why; its body never is. Default true.',
    ),
  dead_letter_topic: judged(writtenTopicComplaint, rocketmqPattern)
    .optional()
    .describe('The topic that dead letters are kept in. Default <connector>-dead-letters.'),
  max_dead_letters_per_minute: z
    .int()
    .min(1)
    .optional()
    .describe("With more of them the connector's tasks fail for good. Default: no limit."),
});

export type GivenErrors = z.infer<typeof errorsSpec>;

/** What holds for a connector: what it says itself, else what its job says, else the defaults. */
export function errorPolicy(connector: string, ...given: readonly (GivenErrors | undefined)[]): ErrorPolicy {
  const of = <T>(read: (errors: GivenErrors) => T | undefined): T | undefined =>
    given.map((errors) => (errors === undefined ? undefined : read(errors))).find((one) => one !== undefined);
  const delayMs = of((errors) => errors.retry?.delay_ms) ?? 100;
  return {
    tolerance: of((errors) => errors.tolerance) ?? 'none',
    retry: {
      timeoutMs: of((errors) => errors.retry?.timeout_ms) ?? null,
      delayMs,
      maxDelayMs: of((errors) => errors.retry?.max_delay_ms) ?? Math.max(10_000, delayMs),
    },
    log: of((errors) => errors.log) ?? true,
    deadLetterTopic: of((errors) => errors.dead_letter_topic) ?? `${connector}-dead-letters`,
    maxDeadLettersPerMinute: of((errors) => errors.max_dead_letters_per_minute) ?? null,
  };
}
