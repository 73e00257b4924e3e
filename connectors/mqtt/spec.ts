import { z } from 'zod';
import { namesField, recordTemplate, timeoutField, tlsField, urlField } from '../../src/sdk/index.js';

const connection = {
  url: urlField(
    ['mqtt:', 'mqtts:', 'ws:', 'wss:'],
    'Where the broker is: mqtt://user:password@host:1883, mqtts:// for TLS, ws:// or wss:// over WebSocket.',
  ),
  tls: tlsField,
  timeout_ms: timeoutField,
  version: z
    .enum(['5', '3.1.1'])
    .default('5')
    .describe('The version of MQTT. Only 5 has headers, and retained messages once.'),
  client_id: z
    .string()
    .min(1)
    .optional()
    .describe('Who it is to the broker, the task’s number is added; default rmq-connect-<connector>.'),
};

const name = z.string().min(1);

export const sourceSpec = z.strictObject({
  ...connection,
  topics: namesField('The topics to subscribe to, with + and #.'),
  share: name
    .regex(/^[^/+#]+$/)
    .optional()
    .describe(
      'A shared subscription ($share/NAME/…): all tasks, and all others who share it, divide the messages.',
    ),
  session_expiry_s: z
    .int()
    .min(1)
    .max(0xffff_ffff)
    .default(604_800)
    .describe('How long the broker keeps messages for it while it is away (MQTT 5); default a week.'),
});

export type MqttSourceConfig = z.infer<typeof sourceSpec>;

export const sinkSpec = z.strictObject({
  ...connection,
  topic: recordTemplate
    .default(recordTemplate.parse('{topic}'))
    .describe(
      'The topic at the broker, filled in for each record: {topic}, {key}, {header.NAME}, {value.device.id}. ' +
        'Default {topic}.',
    ),
  qos: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .default(1)
    .describe('0 does not wait for the broker: records may be lost. 1 and 2 do.'),
  retain: z
    .boolean()
    .default(false)
    .describe('Whether the broker keeps the last message of each topic; one without a value removes it.'),
});

export type MqttSinkConfig = z.infer<typeof sinkSpec>;
