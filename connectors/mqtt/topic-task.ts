import type { IClientOptions, IPublishPacket, MqttClient } from 'mqtt';
import {
  Arrivals,
  keyAndHeaders,
  pushOrDrop,
  Unsettled,
  type ConnectorContext,
  type Content,
  type SourceTask,
} from '../../src/sdk/index.js';
import { connected, dropped, ended } from './client.js';
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

/** Messages of topics, for which the broker keeps a session; acknowledged when they are stored. */
export async function readTopics(
  config: MqttSourceConfig,
  its: {
    readonly clientId: string;
    readonly partition: string;
    /** It is not the first time. */
    readonly hasRead: boolean;
    readonly where: string;
    readonly context: ConnectorContext;
  },
): Promise<SourceTask> {
  const { partition, where, context } = its;
  const arrivals = new Arrivals<Message>();
  const pushUnasked = pushOrDrop(arrivals, context.log, 'QoS 0');
  const unsettled = new Unsettled<number | null>();
  let acknowledge: (messageId: number) => void = () => undefined;
  const { client, lost, answered, hadSession } = await connected(config, {
    clientId: its.clientId,
    baseDir: context.baseDir,
    options: session(config),
    prepare: (made) => {
      acknowledge = holdAcks(made);
      made.on('message', (topic, payload, packet) => {
        const message = { topic, payload, packet };
        // How many of the others it sends depends on how many were acknowledged.
        if (packet.qos === 0) pushUnasked(message);
        else arrivals.push(message);
      });
    },
  });
  lost.catch((error: unknown) => {
    arrivals.fail(error);
  });
  if (its.hasRead && !hadSession) {
    context.log.warn(
      `MQTT broker at ${where} has kept no session of ${its.clientId}: what was sent while nobody listened is lost`,
      { topics: config.topics },
    );
  }
  try {
    await answered(subscribe(client, config));
  } catch (error) {
    await dropped(client);
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
  const origin = { 'mqtt.topic': topic, ...(packet.retain ? { 'mqtt.retain': 'true' } : {}) };
  const given = Object.entries(packet.properties?.userProperties ?? {}).map(
    ([name, text]) => [name, typeof text === 'string' ? text : text.join(', ')] as const,
  );
  return { value: payload, ...keyAndHeaders(given, origin) };
}
