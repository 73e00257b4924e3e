import { fine, maskedUrl, problem, type Findings, type InspectContext } from '../../src/sdk/index.js';
import { connected, ended, type Connected, type Connection } from './client.js';
import { mqttError } from './errors.js';
import { clientName } from './names.js';
import type { MqttSourceConfig } from './spec.js';

/** A broker tells what one may read when one subscribes; the session ends with the connection. */
export async function* inspectSource(config: MqttSourceConfig, context: InspectContext): Findings {
  yield* once(config, context, async function* (connection, where) {
    for (const topic of config.topics) {
      yield (await mayRead(connection, withoutShare(topic), where))
        ? fine(`the broker lets it subscribe to ${topic}`)
        : problem(
            `the broker does not let it subscribe to ${topic}`,
            'let the user of url read it (the ACL of the broker)',
          );
    }
  });
}

/** Whoever shares it would get fewer messages while it is looked at. */
export const withoutShare = (topic: string): string => topic.replace(/^\$share\/[^/]+\//, '');

export async function* inspectSink(config: Connection, context: InspectContext): Findings {
  yield* once(config, context, async function* () {
    yield await Promise.resolve(fine('whether it may publish, the broker tells only when it does'));
  });
}

/** Under another name than the connector's, which may be running. */
async function* once(
  config: Connection,
  context: InspectContext,
  look: (connection: Connected, where: string) => Findings,
): Findings {
  const where = maskedUrl(config.url);
  const connection = await connected(
    { ...config, timeout_ms: Math.min(config.timeout_ms, context.timeoutMs) },
    { clientId: `${clientName(config, context)}-check`, baseDir: context.baseDir, options: { clean: true } },
  );
  try {
    yield fine(`connected to ${where} (MQTT ${config.version})`);
    yield* look(connection, where);
  } finally {
    await ended(connection.client);
  }
}

async function mayRead({ client, answered }: Connected, topic: string, where: string): Promise<boolean> {
  try {
    const granted = await answered(client.subscribeAsync(topic, { qos: 0, rh: 2 }));
    return granted.every(({ qos }) => qos < 128);
  } catch (error) {
    const its = mqttError(error, where, `subscribe to ${topic}`);
    if (its.code === 'unreachable') throw its;
    return false;
  }
}
