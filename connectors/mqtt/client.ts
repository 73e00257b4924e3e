import type { IClientOptions, IConnackPacket, MqttClient } from 'mqtt';
import { maskedUrl, tlsOptions, within } from '../../src/sdk/index.js';
import { mqttError } from './errors.js';
import type { MqttSourceConfig } from './spec.js';

export type Connection = Pick<MqttSourceConfig, 'url' | 'tls' | 'timeout_ms' | 'version' | 'client_id'>;

export interface Connected {
  readonly client: MqttClient;
  /** Rejects when the connection is gone. */
  readonly lost: Promise<never>;
  /** What the broker was asked for; rejects where it does not answer, or the connection is gone before it has. */
  readonly answered: <T>(asked: Promise<T>) => Promise<T>;
  /** Whether the broker had kept a session of this name. */
  readonly hadSession: boolean;
  /** How many messages the broker takes before it has answered the first. */
  readonly receiveMaximum: number;
}

/**
 * Connects once: a connection that breaks is an error, and whoever uses it decides what to do again.
 * `prepare` is called before anything can arrive.
 */
export async function connected(
  config: Connection,
  its: {
    readonly clientId: string;
    readonly baseDir: string;
    readonly options?: IClientOptions;
    readonly prepare?: (client: MqttClient) => void;
  },
): Promise<Connected> {
  const { connect } = await import('mqtt');
  const where = maskedUrl(config.url);
  const secure = config.tls === undefined ? {} : await tlsOptions(config.tls, its.baseDir);
  const client = connect(config.url, {
    ...secure,
    ...(config.tls === undefined ? {} : { protocol: config.url.startsWith('ws') ? 'wss' : 'mqtts' }),
    ...its.options,
    protocolVersion: config.version === '5' ? 5 : 4,
    clientId: its.clientId,
    connectTimeout: config.timeout_ms,
    reconnectPeriod: 0,
    manualConnect: true,
  });
  let last: unknown = new Error('the connection is closed');
  client.on('error', (error) => {
    last = error;
  });
  // MQTT 5 says why it closes.
  client.on('disconnect', ({ reasonCode }) => {
    last = Object.assign(new Error('the broker has closed the connection'), { code: reasonCode });
  });
  const lost = new Promise<never>((_resolve, reject) => {
    client.once('close', () => {
      reject(mqttError(last, where, 'connection'));
    });
  });
  lost.catch(() => undefined);
  const welcome = new Promise<IConnackPacket>((resolve) => {
    client.once('connect', resolve);
  });
  its.prepare?.(client);
  client.connect();
  try {
    const answer = await Promise.race([welcome, lost]);
    return {
      client,
      lost,
      answered: (asked) =>
        within(
          config.timeout_ms,
          `timeout: no answer for ${config.timeout_ms} ms`,
          Promise.race([asked, lost]),
        ),
      hadSession: answer.sessionPresent,
      receiveMaximum: answer.properties?.receiveMaximum ?? 0xffff,
    };
  } catch (error) {
    await ended(client);
    throw mqttError(error, where, 'connect');
  }
}

/** Ends it in good order where the broker is there; what was sent is sent before. */
export async function ended(client: MqttClient): Promise<void> {
  await client.endAsync(!client.connected).catch(() => undefined);
}

/** Ends it at once: what was not answered is waited for no more. */
export async function dropped(client: MqttClient): Promise<void> {
  await client.endAsync(true).catch(() => undefined);
}
