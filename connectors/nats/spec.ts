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
    ['nats:', 'tls:'],
    'Where NATS is: nats://user:password@host:4222, nats://token@host:4222, or tls:// for TLS.',
  ),
  credentials_file: z
    .string()
    .min(1)
    .optional()
    .describe('A .creds file with a JWT and its key, relative to the job file.'),
  tls: tlsField,
  timeout_ms: timeoutField,
};

const name = z.string().min(1);
const mode = z.enum(['jetstream', 'core']).default('jetstream');

export const usualAckWaitMs = 30_000;

export const sourceSpec = z
  .strictObject({
    ...connection,
    mode: mode.describe(
      'jetstream: messages of a stream. core: messages of subjects as they come, at most once.',
    ),
    stream: name.optional().describe('JetStream: the stream to read.'),
    subjects: namesField(
      'The subjects to read, with * and >. JetStream: all of the stream by default.',
    ).optional(),
    durable: name
      .optional()
      .describe(
        'JetStream: the durable consumer to read as, made where it is missing. Shares the messages with whoever ' +
          'else reads as it, at least once. Left out: all of the stream, by sequence numbers, exactly once.',
      ),
    ack_wait_ms: usually(z.int().min(1_000), usualAckWaitMs).describe(
      'JetStream with durable: after so long without a word one that is made gives messages again.',
    ),
    queue: name.optional().describe('core: the queue group, whose members share the messages.'),
    start: usually(z.enum(['earliest', 'latest']), 'earliest').describe(
      'JetStream: where to start where nothing has been read yet.',
    ),
  })
  .superRefine(({ mode: its, stream, subjects, durable, queue, start, ack_wait_ms: ackWait }, context) => {
    const complain = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message });
    };
    if (its === 'jetstream') {
      if (stream === undefined) complain('stream', 'is missing: name the stream to read');
      if (queue !== undefined) complain('queue', 'is for mode: core');
      if (ackWait !== undefined && durable === undefined) complain('ack_wait_ms', 'is for a durable');
      return;
    }
    if (subjects === undefined) complain('subjects', 'is missing: name the subjects to listen to');
    if (stream !== undefined) complain('stream', 'is for mode: jetstream');
    if (durable !== undefined) complain('durable', 'is for mode: jetstream');
    if (start !== undefined) complain('start', 'is for mode: jetstream');
    if (ackWait !== undefined) complain('ack_wait_ms', 'is for mode: jetstream');
  });

export type NatsSourceConfig = z.infer<typeof sourceSpec>;

export const sinkSpec = z.strictObject({
  ...connection,
  mode: mode.describe(
    'jetstream: waits until a stream has the message, which carries an id that makes it drop repetitions. ' +
      'core: sends, whoever listens.',
  ),
  subject: recordTemplate
    .default(recordTemplate.parse('{topic}'))
    .describe(
      'The subject, filled in for each record: {topic}, {key}, {header.NAME}, {value.user.id}. Default {topic}.',
    ),
});

export type NatsSinkConfig = z.infer<typeof sinkSpec>;
