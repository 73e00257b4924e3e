import { z } from 'zod';
import { always, formatNames, parseOrderingKey, type OrderingKey } from '../stages/index.js';
import { complain, judged } from './complain.js';
import { errorsSpec } from './errors-spec.js';
import {
  groupComplaint,
  nameComplaint,
  namePattern,
  rocketmqPattern,
  topicComplaint,
  writtenTopicComplaint,
} from './names.js';
import { parseStart } from './start-time.js';

/** What a job file may hold, outside of `config:` and `transforms:`, which have specs of their own. */

const createTopics = z.boolean().describe('Whether topics that are missing are created; default true.');
const topicQueues = z.int().min(1).max(1024).describe('Queues of a topic that is created; default 4.');

export const jobSpec = z.strictObject({
  name: judged(nameComplaint, namePattern).optional().describe("The job's name; default: the file's name."),
  rocketmq: z.unknown().optional(),
  create_topics: createTopics.optional(),
  topic_queues: topicQueues.optional(),
  errors: errorsSpec.optional().describe('What becomes of records that cannot be taken: for all connectors.'),
  api: z
    .strictObject({
      token: z
        .string()
        .min(8)
        .optional()
        .describe('What requests to the API of the worker (run --api) must have.')
        .meta({ secret: true }),
    })
    .optional()
    .describe("The worker's API."),
  connectors: z.record(z.string(), z.unknown()).describe('The connectors by name.'),
});

export const commonSpec = {
  tasks: z.int().min(1).max(256).default(1).describe('The most tasks the connector is split into.'),
  format: z
    .enum(formatNames)
    .default('text')
    .describe('How a value becomes a message body, and back: text, json or bytes.'),
  transforms: z
    .array(z.unknown())
    .default([])
    .describe('What is done to each record, in this order: a list of one-key mappings.'),
  config: z.unknown().optional(),
  create_topics: createTopics.optional(),
  topic_queues: topicQueues.optional(),
  errors: errorsSpec.optional().describe('What becomes of records that cannot be taken.'),
  max_restarts: z
    .int()
    .min(0)
    .max(1_000)
    .default(10)
    .describe(
      'How often a failing task is started anew within an hour before it stays failed. What is only away (an ' +
        'unreachable system) does not count: that is waited for.',
    ),
  stalled_after_ms: z
    .int()
    .min(100)
    .default(60_000)
    .describe(
      'After so many milliseconds without progress, though there is work, it is reported as stalled.',
    ),
};

export const deliverySpec = (description: string) =>
  z.enum(['exactly_once', 'at_least_once']).default('exactly_once').describe(description);

export const startSpec = (description: string) =>
  z
    .union([z.string(), z.number()])
    .default('earliest')
    .transform((given, context) => {
      const start = parseStart(given);
      if (typeof start !== 'object') return start;
      complain(context, start);
      return z.NEVER;
    })
    .describe(description);

export const onGapSpec = z
  .enum(['fail', 'skip'])
  .default('fail')
  .describe(
    'What to do where messages are gone from a queue before they were read (retention, a broker that lost ' +
      'data). fail: stop there and say so. skip: go on behind the gap, and count what was missed.',
  );

export const sourceSpec = z.strictObject({
  source: z.string().min(1).describe('The connector to read with.'),
  topic: judged(writtenTopicComplaint, rocketmqPattern).describe('The topic to write to.'),
  order: z
    .enum(['partition', 'none'])
    .default('partition')
    .describe('partition: a partition always to one queue. none: spread over all queues.'),
  ordering_key: z
    .string()
    .min(1)
    .transform((text, context): OrderingKey => {
      const parsed = parseOrderingKey(text);
      if (parsed !== null) return parsed;
      complain(context, {
        message: 'does not name a place in a record',
        hint: 'write key, header.NAME, a field like user.id, or a text with such in braces: {header.tenant}-{user.id}',
      });
      return z.NEVER;
    })
    .optional()
    .describe(
      'Records that have the same here stay in order in a FIFO topic over gRPC, as one message group: key ' +
        '(default), header.NAME, a field like user.id, or a text with such in braces. Records that have ' +
        'none stay in order as they were read.',
    ),
  delivery: deliverySpec(
    'Whether a crash may make records come twice. exactly_once holds for sources that can be read again ' +
      'from a position; others are at_least_once in any case.',
  ),
  ...commonSpec,
});

const topic = judged(topicComplaint, rocketmqPattern);

export const sinkSpec = z
  .strictObject({
    sink: z.string().min(1).describe('The connector to write with.'),
    topic: topic.optional().describe('The topic to read from.'),
    topics: z.array(topic).min(1).optional().describe('The topics to read from.'),
    group: judged(groupComplaint, rocketmqPattern)
      .optional()
      .describe('The consumer group; default connect-<connector>.'),
    from: startSpec(
      'Where to start where the group has no offset yet: earliest, latest, a time (UTC unless it says its ' +
        'zone), or milliseconds since 1970.',
    ),
    ordering: z
      .enum(['strict', 'relaxed'])
      .optional()
      .describe(
        'Of a record that the sink refuses for now. strict: what follows in its queue waits for it. relaxed: ' +
          'the rest goes on. Default: as the sink needs it.',
      ),
    delivery: deliverySpec(
      'Whether a crash may make records be written twice. exactly_once holds for sinks that keep the offsets ' +
        'with what they write; others are at_least_once in any case. `validate` says which.',
    ),
    commit_interval_ms: z
      .int()
      .min(10)
      .max(600_000)
      .default(2_000)
      .describe(
        'How often offsets are committed. It bounds what is written again after a crash, or has to be taken ' +
          'back.',
      ),
    on_gap: onGapSpec,
    ...commonSpec,
  })
  .superRefine((given, context) => {
    const { topic: one, topics: several } = given;
    if (one === undefined && several === undefined) {
      complain(context, { message: 'is missing', hint: 'add topic: NAME or topics: [NAME, …]' }, ['topics']);
    }
    if (one !== undefined && several !== undefined) {
      complain(context, { message: 'cannot stand beside topics', hint: 'keep one of the two' }, ['topic']);
    }
    if (!Array.isArray(several)) return;
    for (const [index, name] of several.entries()) {
      if (several.indexOf(name) === index) continue;
      complain(context, { message: 'is there already', hint: 'remove one' }, ['topics', index]);
    }
  }, always);
