import type { IClientPublishOptions } from 'mqtt';
import {
  ConnectorError,
  headersWithKey,
  maskedUrl,
  recordsMade,
  throwRefused,
  unlessAborted,
  type SinkContext,
  type SinkPlugin,
  type SinkRecord,
  type SinkTask,
} from '../../src/sdk/index.js';
import { connected, dropped, ended, type Connected } from './client.js';
import { mqttError } from './errors.js';
import { inspectSink } from './inspect.js';
import { clientName } from './names.js';
import { sinkSpec, type MqttSinkConfig } from './spec.js';

export const sink: SinkPlugin<MqttSinkConfig> = {
  kind: 'sink',
  spec: sinkSpec,
  inspect: inspectSink,
  start: async (config, context) => {
    const clientId = `${clientName(config, context)}-check`;
    const { client } = await connected(config, { clientId, baseDir: context.baseDir });
    await ended(client);
    return {
      open: ({ task }) => Promise.resolve(writer(config, context, task)),
      close: () => Promise.resolve(),
    };
  },
};

interface Outgoing {
  readonly topic: string;
  readonly body: Buffer;
  readonly options: IClientPublishOptions;
}

/** Unanswered messages, at the most; brokers that take fewer say so when one connects. */
const inFlight = 16;

function writer(config: MqttSinkConfig, { connector, baseDir }: SinkContext, task: number): SinkTask {
  const where = maskedUrl(config.url);
  const clientId = `${clientName(config, { connector })}-${task}`;
  let current: Connected | null = null;
  const open = async (): Promise<Connected> => {
    if (current?.client.connected === true) return current;
    if (current !== null) await ended(current.client);
    current = await connected(config, { clientId, baseDir });
    return current;
  };
  return {
    write: async (records, signal) => {
      signal.throwIfAborted();
      const { made, refused } = recordsMade(records, (record) => outgoing(record, config));
      const connection = await open();
      const window = Math.min(connection.receiveMaximum, inFlight);
      try {
        for (let at = 0; at < made.length; at += window) {
          const sent = made.slice(at, at + window).map(async ({ index, made: message }) => {
            const error = await publish(connection, message, where);
            if (error !== null) refused.set(index, error);
          });
          await unlessAborted(Promise.all(sent), signal);
        }
      } catch (error) {
        // What was sent and not answered comes again: not beside itself, over the same connection.
        current = null;
        await dropped(connection.client);
        throw error;
      }
      throwRefused(refused);
    },
    close: async () => {
      if (current !== null) await ended(current.client);
      current = null;
    },
  };
}

/** Resolves with what is wrong with this message alone; rejects where nothing can be sent. */
async function publish(
  { client, answered }: Connected,
  { topic, body, options }: Outgoing,
  where: string,
): Promise<ConnectorError | null> {
  try {
    await answered(client.publishAsync(topic, body, options));
    return null;
  } catch (error) {
    const its = mqttError(error, where, `publish to ${topic}`);
    if (its.code === 'bad_data') return its;
    throw its;
  }
}

function outgoing(record: SinkRecord, { topic: to, qos, retain, version }: MqttSinkConfig): Outgoing {
  const topic = to.text(record);
  if (topic === '' || /[+#\0]/.test(topic)) {
    throw new ConnectorError('bad_data', `${JSON.stringify(topic)} is not a topic to send to`, {
      hint: 'a topic has no +, # or zero byte, and is not empty',
    });
  }
  const userProperties = headersWithKey(record);
  // The client writes an empty list of them in a way that brokers do not understand.
  const has = version === '5' && Object.keys(userProperties).length > 0;
  const properties = has ? { properties: { userProperties } } : {};
  return {
    topic,
    body: record.value === null ? Buffer.alloc(0) : record.body,
    options: { qos, retain, ...properties },
  };
}
