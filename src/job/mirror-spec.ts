import { z } from 'zod';
import { always } from '../stages/index.js';
import { complain, judged } from './complain.js';
import { nameComplaint, namePattern, type Complaint } from './names.js';
import { commonSpec, deliverySpec, onGapSpec, startSpec } from './spec.js';
import { endSpec } from './rocketmq-spec.js';

/** What an entry with `mirror:` may hold. */

const globs = judged((text) => {
  const hint = 'write names, with * for any characters and ? for one, like "payments_*"';
  if (text === '') return { message: 'must not be empty', hint };
  if (/^[%|a-zA-Z0-9_*?-]+$/.test(text)) return null;
  return { message: 'has a character that RocketMQ refuses in names', hint };
}, '^[%|a-zA-Z0-9_*?-]+$');

const clusterName = judged(nameComplaint, namePattern).describe(
  'What the cluster is called. Messages carry the names of the clusters they came through, so all routes have to call ' +
    'a cluster the same.',
);

const rename = judged(renameComplaint, '^[%|a-zA-Z0-9_{}-]+$').describe(
  'What a topic is called on the target: {topic} is its name, {from} the name of the cluster it comes from.',
);

function renameComplaint(text: string): Complaint | null {
  if (text.includes('.')) {
    return { message: 'has a ".", which RocketMQ refuses in names', hint: 'write "{from}_{topic}"' };
  }
  const strange = [...text.matchAll(/\{[^}]*\}/g)].map(([found]) => found);
  const unknown = strange.find((found) => found !== '{topic}' && found !== '{from}');
  if (unknown !== undefined) {
    return { message: `has the unknown placeholder ${unknown}`, hint: 'there are {topic} and {from}' };
  }
  if (!text.includes('{topic}')) {
    return { message: 'must contain {topic}: topics would be mixed otherwise', hint: 'write "{topic}"' };
  }
  if (/^[%|a-zA-Z0-9_-]*$/.test(text.replaceAll(/\{(topic|from)\}/g, ''))) return null;
  return {
    message: 'has a character that RocketMQ refuses in names',
    hint: 'RocketMQ takes letters, digits, - and _',
  };
}

const limit = (what: string): z.ZodOptional<z.ZodInt> =>
  z.int().min(1).optional().describe(`The most ${what} a second; default no limit.`);

const sync = z
  .strictObject({
    offsets_ms: z.int().min(100).default(10_000).describe("How often the groups' offsets are synced."),
    topics_ms: z
      .int()
      .min(100)
      .default(60_000)
      .describe('How often it is looked for new topics, new queues and changed settings.'),
    groups: z
      .boolean()
      .default(true)
      .describe('Whether groups that are missing on the target are created, and their settings followed.'),
  })
  .prefault({})
  .describe('What is followed, and how often.');

const heartbeats = z
  .union([
    z.literal(false),
    z.strictObject({ every_ms: z.int().min(100).default(1_000).describe('How often.') }),
  ])
  .prefault({})
  .describe(
    'Small messages in the topic rmq-connect-heartbeats of the source, so that a route has a latency while nothing else ' +
      'goes over it; they count as no records. false: none.',
  );

export const mirrorConfigSpec = z
  .strictObject({
    from: endSpec(clusterName).describe("The cluster that is copied from; without nameserver the job's."),
    to: endSpec(clusterName).describe("The cluster that is copied to; without nameserver the job's."),
    topics: z
      .array(globs)
      .min(1)
      .describe(
        "Names of topics, or globs. RocketMQ's own topics are never meant by a glob; retry and dead-letter topics " +
          'only by one that begins with %RETRY% or %DLQ%.',
      ),
    exclude: z.array(globs).default([]).describe('Names or globs of topics that are left out.'),
    rename: rename.default('{topic}'),
    start: startSpec(
      'Where to start in a queue that was never read: earliest, latest, a time (UTC unless it says its zone), or ' +
        'milliseconds since 1970. Queues that are added later are read from their start.',
    ),
    queues: z
      .enum(['same', 'by_key'])
      .default('same')
      .describe(
        'same: queue for queue, so that order and offsets can be followed exactly. by_key: over the queues that the ' +
          'target topic has, by the sharding key, else the key.',
      ),
    born_time: z
      .enum(['property', 'exact'])
      .default('property')
      .describe(
        'Where the time goes at which a message was born. property: into connect.born_at. exact: it stays what it is; ' +
          'slower, as messages of one batch are born at the same time.',
      ),
    groups: z.array(globs).default([]).describe('Consumer groups whose offsets are synced; names or globs.'),
    sync,
    heartbeats,
    rate: z
      .strictObject({ records_per_s: limit('messages'), bytes_per_s: limit('bytes') })
      .default({})
      .describe('How fast it may be at the most.'),
  })
  .superRefine(({ from, to }, context) => {
    if (typeof from !== 'object' || typeof to !== 'object') return;
    // Where it is missing, that is said elsewhere.
    const [first, second]: readonly unknown[] = [from.name, to.name];
    if (first !== undefined && first === second) {
      complain(
        context,
        { message: 'is the name of from, too', hint: 'give each cluster a name of its own' },
        ['to', 'name'],
      );
    }
    if (from.nameserver === undefined && to.nameserver === undefined) {
      const hint = 'add nameserver: HOST:PORT to the one that is not the RocketMQ of the job';
      complain(context, { message: 'is missing: from and to would be the same cluster', hint }, [
        'from',
        'nameserver',
      ]);
    }
  }, always);

export const mirrorSpec = z.strictObject({
  mirror: z.literal('rocketmq').describe('What is copied: from one RocketMQ to another.'),
  delivery: deliverySpec(
    'Whether a crash may make messages come twice. exactly_once: each gets a property that says where it came from.',
  ),
  on_gap: onGapSpec,
  tasks: commonSpec.tasks,
  config: commonSpec.config,
  create_topics: z
    .boolean()
    .optional()
    .describe(
      'Whether topics that are missing on the target are created, and their settings followed; default true.',
    ),
  errors: commonSpec.errors,
  max_restarts: commonSpec.max_restarts,
  stalled_after_ms: commonSpec.stalled_after_ms,
});
