import { z } from 'zod';
import {
  namesField,
  recordTemplate,
  timeoutField,
  tlsField,
  urlField,
  usually,
} from '../../src/sdk/index.js';

const connection = {
  url: urlField(
    ['redis:', 'rediss:'],
    'Where Redis is: redis://user:password@host:6379/0, or rediss:// for TLS.',
  ),
  tls: tlsField,
  timeout_ms: timeoutField,
};

const name = z.string().min(1);

export const usualClaimAfterMs = 60_000;

export const sourceSpec = z
  .strictObject({
    ...connection,
    mode: z
      .enum(['stream', 'list', 'pubsub'])
      .default('stream')
      .describe(
        'stream: entries of streams. list: elements of lists, taken from the left. pubsub: messages of ' +
          'channels, which come at most once.',
      ),
    keys: namesField('The streams, lists, or channels (with *, ? or [ in it: a pattern of channels).'),
    group: name
      .optional()
      .describe(
        'Streams: the consumer group to read as, made where it is missing. Shares a stream with other ' +
          'consumers, at least once. Left out: all of the stream, by entry ids, exactly once.',
      ),
    consumer: name
      .optional()
      .describe(
        'Streams with a group: the name of the consumer, the number of the task is added; default: host and connector.',
      ),
    claim_after_ms: usually(z.int().min(100), usualClaimAfterMs).describe(
      'Streams with a group: entries that another consumer has left lying for so long are taken over.',
    ),
    start: usually(z.enum(['earliest', 'latest']), 'earliest').describe(
      'Streams: where to start where nothing has been read yet.',
    ),
    entry: usually(z.enum(['fields', 'value']), 'fields').describe(
      'Streams: what a record is made of. fields: an object of all fields (needs format: json). value: the ' +
        'field `value` as it is, `key` as its key, `header.NAME` as headers, as the sink writes them.',
    ),
    after: usually(z.enum(['keep', 'delete']), 'keep').describe(
      'Streams: what becomes of entries that RocketMQ has stored.',
    ),
  })
  .superRefine((given, context) => {
    const only = (fields: readonly (keyof typeof given)[], message: string): void => {
      for (const field of fields)
        if (given[field] !== undefined) context.addIssue({ code: 'custom', path: [field], message });
    };
    if (given.mode !== 'stream') only(['group', 'start', 'entry', 'after'], 'is for mode: stream');
    if (given.group === undefined)
      only(['consumer', 'claim_after_ms'], 'is for streams that are read with group');
  });

export type RedisSourceConfig = z.infer<typeof sourceSpec>;

export const sinkSpec = z
  .strictObject({
    ...connection,
    mode: z
      .enum(['stream', 'list', 'set', 'string', 'hash', 'pubsub'])
      .default('stream')
      .describe(
        'What is written: XADD to a stream, RPUSH to a list, SADD to a set, SET of a string, HSET of a hash, or PUBLISH.',
      ),
    key: recordTemplate
      .optional()
      .describe(
        'The key or channel, filled in for each record: {topic}, {key}, {header.NAME}, {value.user.id}. ' +
          'Default {topic}; for strings and hashes {topic}:{key}.',
      ),
    field: recordTemplate
      .optional()
      .describe('Hashes: the field that gets the value. Left out: each field of an object value is one.'),
    entry: z
      .enum(['value', 'fields'])
      .default('value')
      .describe(
        'Streams: what an entry has. value: the fields `value`, `key` and `header.NAME`. fields: each field of ' +
          'an object value.',
      ),
    max_length: z
      .int()
      .min(1)
      .optional()
      .describe('Streams and lists: the oldest beyond so many are dropped (streams: about so many).'),
    expire_ms: z.int().min(1).optional().describe('The key expires so long after it was last written.'),
  })
  .superRefine((given, context) => {
    const only = (field: 'field' | 'max_length' | 'expire_ms', modes: readonly string[]): void => {
      if (given[field] === undefined || modes.includes(given.mode)) return;
      context.addIssue({ code: 'custom', path: [field], message: `is not for mode: ${given.mode}` });
    };
    only('field', ['hash']);
    only('max_length', ['stream', 'list']);
    only('expire_ms', ['stream', 'list', 'set', 'string', 'hash']);
  });

export type RedisSinkConfig = z.infer<typeof sinkSpec>;
