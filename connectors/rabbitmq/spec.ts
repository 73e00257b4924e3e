import { z } from 'zod';
import { recordTemplate, timeoutField, tlsField, urlField } from '../../src/sdk/index.js';

const connection = {
  url: urlField(
    ['amqp:', 'amqps:'],
    'Where RabbitMQ is: amqp://user:password@host:5672/vhost, or amqps:// for TLS; %2F is the vhost /.',
  ),
  tls: tlsField,
  timeout_ms: timeoutField,
};

export const sourceSpec = z.strictObject({
  ...connection,
  queue: z.string().min(1).describe('The queue to read.'),
  declare: z.boolean().default(false).describe('Whether the queue is made, durable, where it is missing.'),
  prefetch: z
    .int()
    .min(1)
    .max(65_535)
    .default(2_000)
    .describe('How many messages each task may be given before the first of them is acknowledged.'),
});

export type RabbitSourceConfig = z.infer<typeof sourceSpec>;

export const sinkSpec = z
  .strictObject({
    ...connection,
    exchange: z
      .string()
      .default('')
      .describe('The exchange to publish to; by default the one that takes the queue’s name as routing key.'),
    routing_key: recordTemplate
      .default(recordTemplate.parse('{topic}'))
      .describe(
        'The routing key, filled in for each record: {topic}, {key}, {header.NAME}, {value.user.id}. Default {topic}.',
      ),
    declare: z
      .boolean()
      .default(false)
      .describe('Without exchange: whether queues are made, durable, where they are missing.'),
    persistent: z.boolean().default(true).describe('Whether RabbitMQ keeps messages on its disk.'),
    unroutable: z
      .enum(['refuse', 'drop'])
      .default('refuse')
      .describe(
        'What becomes of records that no queue takes: refuse is an error of the record, drop loses them.',
      ),
  })
  .superRefine(({ exchange, declare }, context) => {
    if (exchange === '' || !declare) return;
    context.addIssue({ code: 'custom', path: ['declare'], message: 'is for the default exchange' });
  });

export type RabbitSinkConfig = z.infer<typeof sinkSpec>;
