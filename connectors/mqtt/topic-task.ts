import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import {
  Arrivals,
  Unsettled,
  type ConnectorContext,
  type Content,
  type SourceTask,
} from '../../src/sdk/index.js';
import { connected, ended } from './client.js';
import { mqttError } from './errors.js';
import { holdAcks } from './held-acks.js';
import type { MqttSourceConfig } from './spec.js';

interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly packet: IPublishPacket;
}

const batchRecords = 1_000;
/** How many the broker may send before the first is acknowledged, as far as it goes along with that. */
const receiveMaximum = 2_000;
/** With --once: nothing has come for so long, so that was all. MQTT does not tell how much there is. */
const idleMs = 2_000;
/** A record's key travels in this user property. */
export const keyProperty = 'connect-key';

/** Messages of topics, for which the broker keeps a session; acknowledged when they are stored. */
export async function readTopics(
  config: MqttSourceConfig,
  its: {
    readonly clientId: string;
    readonly partition: string;
    readonly where: string;
    readonly context: ConnectorContext;
  },
): Promise<SourceTask> {
  const { partition, where, context } = its;
  const arrivals = new Arrivals<Message>();
  const unsettled = new Unsettled<number | null>();
  let acknowledge: (messageId: number) => void = () => undefined;
  const { client, lost } = await connected(config, {
    clientId: its.clientId,
    baseDir: context.baseDir,
    options: session(config),
    prepare: (made) => {
      acknowledge = holdAcks(made);
      made.on('message', (topic, payload, packet) => {
        arrivals.push({ topic, payload, packet });
      });
    },
  });
  lost.catch((error: unknown) => {
    arrivals.fail(error);
  });
  try {
    await Promise.race([subscribe(client, config), lost]);
  } catch (error) {
    await ended(client);
    throw mqttError(error, where, `subscribe to ${config.topics.join(', ')}`);
  }
  return {
    read: async (signal) => {
      const messages = await arrivals.take(batchRecords, signal, context.once ? idleMs : undefined);
      if (messages === null) return null;
      const records = messages.map((message) => ({
        ...contentOf(message),
        position: unsettled.add(message.packet.qos > 0 ? (message.packet.messageId ?? null) : null),
      }));
      return { partition, records };
    },
    committed: (_partition, position) => {
      // The connection is gone with its task: what is not acknowledged comes again.
      if (!client.connected) return Promise.resolve();
      for (const id of unsettled.upTo(position)) if (id !== null) acknowledge(id);
      return Promise.resolve();
    },
    close: () => ended(client),
  };
}

const session = ({ version, session_expiry_s: seconds }: MqttSourceConfig): IClientOptions => ({
  clean: false,
  ...(version === '5' ? { properties: { sessionExpiryInterval: seconds, receiveMaximum } } : {}),
});

async function subscribe(client: MqttClient, { topics, share, version }: MqttSourceConfig): Promise<void> {
  const names = topics.map((topic) => (share === undefined ? topic : `$share/${share}/${topic}`));
  // Retained messages only where the subscription is new: a restart is not to bring them again.
  const granted = await client.subscribeAsync(names, version === '5' ? { qos: 1, rh: 1 } : { qos: 1 });
  const refused = granted.find(({ qos }) => qos >= 128);
  if (refused === undefined) return;
  const code = refused.qos === 128 ? 135 : refused.qos;
  throw Object.assign(new Error(`the broker refuses ${refused.topic}`), { code });
}

function contentOf({ topic, payload, packet }: Message): Content {
  const headers: Record<string, string> = { 'mqtt.topic': topic };
  if (packet.retain) headers['mqtt.retain'] = 'true';
  let key: string | undefined;
  for (const [name, text] of Object.entries(packet.properties?.userProperties ?? {})) {
    const its = typeof text === 'string' ? text : text.join(', ');
    if (name === keyProperty) key = its;
    else headers[name] = its;
  }
  return { value: payload, headers, ...(key === undefined ? {} : { key }) };
}
